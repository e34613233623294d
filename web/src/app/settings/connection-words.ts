/** What is said about a connection to a calendar service: its state, its freshness, what is wrong and what helps. */
import type { Connection } from "../platform.ts";
import { signInService } from "./sign-in-services.ts";

export const SERVICES: Readonly<Record<string, string>> = {
  builtin: "Convene",
  caldav: "CalDAV",
  google: "Google",
  microsoft: "Microsoft 365",
  ics: "ICS link",
};

export const serviceName = (kind: string): string => SERVICES[kind] ?? kind;

/** The service as its owner calls it: "Google", "the server" where no brand is known. */
export const serviceInText = (kind: string): string =>
  kind === "caldav" ? "the calendar server" : kind === "ics" ? "the address" : serviceName(kind);

export function title(connection: Pick<Connection, "kind" | "label" | "username">): string {
  if (connection.kind === "builtin") return "Convene’s own calendar";
  return connection.label || connection.username || serviceName(connection.kind);
}

export interface StateWords {
  label: string;
  /** Of the chip. */
  look: "" | "ok" | "warning" | "danger";
}

const STATES: Readonly<Record<Connection["state"], StateWords>> = {
  connecting: { label: "Reading for the first time", look: "" },
  ok: { label: "Connected", look: "ok" },
  delayed: { label: "Delayed", look: "warning" },
  rate_limited: { label: "Asked to wait", look: "warning" },
  needs_attention: { label: "Needs attention", look: "danger" },
};

export interface UnreadEvent {
  calendar: string;
  detail: string;
  event: string;
}

/** Notices of single events that could not be read as they are. What concerns meetings of ours is told elsewhere. */
export function unreadEvents(connection: Connection): UnreadEvent[] {
  const found: UnreadEvent[] = [];
  for (const calendar of connection.calendars) {
    if (!calendar.is_checked && !calendar.is_target) continue;
    for (const { code, detail, event } of calendar.notices) {
      if (code.startsWith("booking_")) continue;
      // Of one event several things may be said.
      const same = event === "" ? undefined : found.find((one) => one.calendar === calendar.name && one.event === event);
      const told = sentence(detail);
      if (same === undefined) found.push({ calendar: calendar.name, detail: told, event });
      else if (!same.detail.includes(told)) same.detail += ` ${told}`;
    }
  }
  return found;
}

export function stateWords(connection: Connection): StateWords {
  if (connection.state === "ok" && unreadEvents(connection).length > 0) return { label: "Partly read", look: "warning" };
  if (connection.state === "connecting" && isReadBefore(connection)) return { label: "Catching up", look: "" };
  return STATES[connection.state] ?? { label: connection.state, look: "" };
}

/** Reconnected: everything was read once, what changed since is read now. */
function isReadBefore({ progress }: Connection): boolean {
  return progress !== null && progress !== undefined && progress.calendars > 0 && progress.calendars_read >= progress.calendars;
}

/** How far the first reading is. Numbers are written as `locale` does. */
export function progressWords(connection: Connection, locale: string): string {
  const { progress } = connection;
  if (!progress) return "Reading your events for the first time.";
  if (isReadBefore(connection)) return "Signed in. Reading what has changed since.";
  const events = `${progress.events_read.toLocaleString(locale)} ${progress.events_read === 1 ? "event" : "events"} so far`;
  const calendars = progress.calendars === 1 ? "your calendar" : `${progress.calendars_read} of ${progress.calendars} calendars`;
  return progress.calendars === 1 ? `Reading ${calendars}: ${events}.` : `${calendars} read, ${events}.`;
}

/** How changes get here. Nothing is said of an account that is not read at all. */
export function arrivalWords(connection: Connection): string {
  if (connection.kind === "builtin" || connection.policy?.direction === "out") return "";
  if (connection.state === "needs_attention") return "";
  if (connection.push === "active") return "changes arrive at once";
  if (connection.kind === "ics") return "checked as often as the address asks for";
  return "checked every 15 minutes";
}

/** What one press does about it; `wait` where nothing but time helps. */
export type Remedy = "reconnect" | "address" | "allow" | "target" | "retry" | "wait";

export interface Trouble {
  heading: string;
  look: "warning" | "danger";
  remedy: Remedy;
  /** What the button says. */
  action: string;
}

type Known = Pick<Trouble, "heading" | "remedy" | "action">;
const again: Pick<Trouble, "remedy" | "action"> = { remedy: "retry", action: "Try now" };

const TROUBLES: Readonly<Record<string, Known>> = {
  unauthorized: { heading: "The password is not accepted any more.", remedy: "reconnect", action: "Enter the new password" },
  invalid_grant: { heading: "Access was withdrawn, or has run out.", remedy: "reconnect", action: "Reconnect" },
  no_secret: { heading: "The sign-in that was kept here is gone.", remedy: "reconnect", action: "Reconnect" },
  secret_unreadable: { heading: "The sign-in that was kept here cannot be opened any more.", remedy: "reconnect", action: "Reconnect" },
  missing_scope: { heading: "Not enough was allowed when you signed in.", remedy: "allow", action: "Allow more" },
  calendar_gone: { heading: "A calendar is not there any more.", remedy: "retry", action: "Look again" },
  most_events_vanished: { heading: "Most of your events seem to be gone.", ...again },
  invalid_client: { heading: "This installation is not accepted by the service.", ...again },
  api_disabled: { heading: "The service has calendars switched off for this installation.", ...again },
};

/** What is wrong with a connection, or null. */
export function troubleOf(connection: Connection): Trouble | null {
  const { error, kind, state } = connection;
  if (state === "connecting" || state === "ok" || error === null) return null;
  const look = state === "needs_attention" ? "danger" : "warning";
  if (state === "rate_limited") {
    const heading = `${capitalized(serviceInText(kind))} asks us to wait.`;
    return { heading, look, remedy: "wait", action: "" };
  }
  // Where people sign in at the service there is no password here that could be wrong.
  const isToken = error.code === "unauthorized" && signInService(kind) !== null;
  const known = TROUBLES[isToken ? "invalid_grant" : error.code];
  if (known && !(kind === "ics" && known.remedy === "reconnect")) return { look, ...known };
  if (state !== "needs_attention") return { heading: "Convene reads this calendar late.", look, ...again };
  // An address that is refused is replaced; every other refusal that waits for a person is worth another look.
  if (kind === "ics") return { heading: "Nothing can be read at this address.", look, remedy: "address", action: "Change the address" };
  return error.next_try_at === null
    ? { heading: "Convene cannot read this calendar.", look, remedy: "reconnect", action: "Reconnect" }
    : { heading: "Convene cannot read this calendar.", look, ...again };
}

/** What that means for the owner's meetings and free times. */
export function consequence(connection: Connection): string {
  if (connection.kind === "ics") return "What it said last still counts.";
  const waiting = waitingWords(connection.waiting_writes ?? 0);
  if (connection.state === "needs_attention") {
    return waiting || "Meetings you book meanwhile wait here and are written once it works again.";
  }
  return waiting || "What was read last still counts.";
}

export function waitingWords(count: number): string {
  if (count === 0) return "";
  return count === 1
    ? "1 meeting waits to be brought up to date there. Nothing is lost."
    : `${count} meetings wait to be brought up to date there. Nothing is lost.`;
}

/** For whoever helps: what to look for in the server's log. */
export function reference(connection: Connection): string {
  const { error } = connection;
  return error === null ? connection.connection_id : `${connection.connection_id} ${error.code} ${error.at}`;
}

/** Meetings are to be written into a calendar that no longer lets us. */
export function isTargetLost(connection: Connection): boolean {
  return connection.calendars.some((calendar) => calendar.is_target && !calendar.is_writable);
}

/** What tells one reading from the next; while it stays the same, what was asked for has not happened. */
export function readMark(connection: Connection): string {
  return `${connection.synced_at ?? ""} ${connection.error?.attempts ?? 0} ${connection.state === "connecting"}`;
}

/** What a parser says begins and ends like a sentence. */
function sentence(text: string): string {
  const told = capitalized(text.trim());
  return told === "" || /[.!?]$/u.test(told) ? told : `${told}.`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
