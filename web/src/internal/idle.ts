/** Work that can wait until the browser has nothing else to do. */

const LATEST_MS = 2_000;

/** Runs `work` once, in an idle moment or at the latest after two seconds. */
export function whenIdle(work: () => void): void {
  // Safari has no idle callbacks.
  if ("requestIdleCallback" in globalThis) requestIdleCallback(work, { timeout: LATEST_MS });
  else setTimeout(work, LATEST_MS / 10);
}
