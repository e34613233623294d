/** How accounts at calendar services do, for administrators: who needs whom, and what an administrator can do. */
import type { AccountHealth } from "../platform.ts";
import { serviceName, type StateWords } from "./connection-words.ts";

const STATES: Readonly<Record<AccountHealth["state"], StateWords>> = {
  connecting: { label: "First reading", look: "" },
  ok: { label: "OK", look: "ok" },
  delayed: { label: "Delayed", look: "warning" },
  rate_limited: { label: "Asked to wait", look: "warning" },
  needs_attention: { label: "Needs attention", look: "danger" },
};
/** What only whoever runs the installation can mend. */
const OURS = new Set(["invalid_client", "api_disabled", "host_refused", "port_refused", "tls_failed", "secret_unreadable"]);
/** What its owner alone can mend: the sign-in is theirs. */
const THEIRS = new Set(["unauthorized", "invalid_grant", "no_secret", "missing_scope", "feed_gone", "feed_needs_password", "calendar_gone"]);
const STALE_MS = 30 * 60_000;

export const healthState = (item: AccountHealth): StateWords => STATES[item.state] ?? { label: item.state, look: "" };

/** Whether somebody should look: refused, or late for longer than two rounds, or meetings wait. */
export function needsSomebody(item: AccountHealth, now: number): boolean {
  if (item.state === "needs_attention") return true;
  const waits = item.waiting_writes > 0 && item.oldest_waiting_at !== null && now - Date.parse(item.oldest_waiting_at) > STALE_MS;
  const isLate = item.state !== "connecting" && item.last_synced_at !== null && now - Date.parse(item.last_synced_at) > STALE_MS;
  return waits || (isLate && item.state !== "ok");
}

/** What the button says that its owner finds. */
function remedyOf({ kind, error_code: code }: AccountHealth): string {
  if (kind === "ics") return "Change the address";
  if (code === "calendar_gone") return "Look again";
  if (code === "missing_scope") return "Allow more";
  return kind === "caldav" && code === "unauthorized" ? "Enter the new password" : "Reconnect";
}

/** Who is to be told, and what they do. */
export function whoToTell(item: AccountHealth): string {
  const first = item.name.split(" ")[0] ?? item.name;
  if (item.state === "ok" || item.state === "connecting") return "";
  if (OURS.has(item.error_code)) return "Yours to mend: the settings of this installation, or the network it is in.";
  if (item.state === "needs_attention" && (THEIRS.has(item.error_code) || item.next_poll_at === null)) {
    return `Tell ${first}: they are back with one press on “${remedyOf(item)}” in their calendar settings.`;
  }
  if (item.state === "rate_limited") return "Nobody: it goes on by itself.";
  return `Nobody yet: it is tried again by itself. If it stays so, ask whoever runs ${serviceName(item.kind)} there.`;
}

/** "3 calendars, 1,204 events". */
export function amounts(item: AccountHealth, locale: string): string {
  const told = (count: number, one: string): string => `${count.toLocaleString(locale)} ${count === 1 ? one : `${one}s`}`;
  return `${told(item.calendars, "calendar")}, ${told(item.events, "event")}`;
}

/** How changes of an account get here. */
export function arrival(item: AccountHealth): string {
  if (item.state === "needs_attention") return "";
  if (item.push === "active") return "changes are pushed";
  const canPush = item.kind === "google" || item.kind === "microsoft";
  return item.push === "off" && canPush ? "not pushed just now; asked every 15 minutes" : "asked every 15 minutes";
}
