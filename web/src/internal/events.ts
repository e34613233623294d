/** Typed custom events: composed and bubbling, so that hosts hear them through shadow roots. Data is UTC and plain. */

/** Dispatches `name` from `target`; returns false when a listener called `preventDefault`. */
export function emit<T>(target: EventTarget, name: string, detail: T, cancelable = false): boolean {
  return target.dispatchEvent(new CustomEvent<T>(name, { detail, bubbles: true, composed: true, cancelable }));
}
