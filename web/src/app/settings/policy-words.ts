/** The rules of a connection in plain words: what each choice means, and the short form that stands on the page. */
import type { Connection, Policy } from "../platform.ts";
import { serviceInText } from "./connection-words.ts";

export const DEFAULTS: Readonly<Policy> = {
  direction: "both",
  shares: "busy",
  on_move: "reschedule",
  on_delete: "cancel",
  conflict_rule: "ask",
};

export interface Choice<T extends string = string> {
  value: T;
  label: string;
  /** What it means. */
  hint: string;
}

export interface Rule<K extends keyof Policy = keyof Policy> {
  name: K;
  legend: string;
  choices: readonly Choice<Policy[K]>[];
}

/** Whether an account can be written at all: feeds and calendars that are only read have fewer rules. */
export function canWrite(connection: Connection): boolean {
  if (connection.kind === "ics" || connection.access === "busy" || connection.access === "read") return false;
  return connection.calendars.some((calendar) => calendar.is_writable);
}

/** The rules that mean something for this account, given what is chosen so far. */
export function rulesOf(connection: Connection, chosen: Policy): Rule[] {
  const place = serviceInText(connection.kind);
  const direction: Rule<"direction"> = {
    name: "direction",
    legend: "Which way",
    choices: [
      {
        value: "both",
        label: "Both ways",
        hint: "Its events make you busy. Meetings you book are written there, and what you change of them there counts here.",
      },
      {
        value: "in",
        label: "Only read it",
        hint: "Its events make you busy. Meetings are not written there; they go to another calendar.",
      },
      {
        value: "out",
        label: "Only write to it",
        hint: "Meetings are written there. Its other events do not make you busy, so those times are offered. What you change of meetings there is put back.",
      },
    ],
  };
  const shares: Rule<"shares"> = {
    name: "shares",
    legend: "What colleagues may see of your own events",
    choices: [
      { value: "busy", label: "Free and busy", hint: "When you cannot be booked, never why." },
      { value: "details", label: "Titles too", hint: "Colleagues who ask why a time is missing see what your event is called. Private ones stay private." },
      { value: "nothing", label: "Nothing", hint: "The time is not offered. That an event is the reason is not said." },
    ],
  };
  const move: Rule<"on_move"> = {
    name: "on_move",
    legend: `When you move a meeting in ${place}`,
    choices: [
      { value: "reschedule", label: "Move it for everyone", hint: "If the others are free then; all are told. If not, it is put back and you are told why." },
      { value: "propose", label: "Propose it to the others", hint: "It stays where it is until one of them agrees." },
    ],
  };
  const remove: Rule<"on_delete"> = {
    name: "on_delete",
    legend: `When you delete a meeting in ${place}`,
    choices: [
      { value: "cancel", label: "Cancel it for everyone", hint: "All are told, as if you had cancelled it here. If most of a calendar is gone at once, you are asked." },
      { value: "ask", label: "Ask me first", hint: "It stays booked, and you find the question under “Conflicts”." },
    ],
  };
  const conflict: Rule<"conflict_rule"> = {
    name: "conflict_rule",
    legend: "When both sides changed the same thing",
    choices: [
      { value: "ask", label: "Ask me", hint: "Both versions stand side by side under “Conflicts”; until you choose, Convene’s counts." },
      { value: "ours", label: "Keep Convene’s", hint: `${capitalized(place)} is put right without asking.` },
      { value: "theirs", label: `Take ${possessive(place)}`, hint: "If the others are free then. If not, it is put back and you are told why." },
    ],
  };
  if (!canWrite(connection)) return [shares];
  const rules: Rule[] = [direction];
  if (chosen.direction !== "out") rules.push(shares);
  if (chosen.direction === "both") rules.push(move, remove, conflict);
  return rules;
}

export function sharedWords(policy: Policy): string {
  if (policy.direction === "out") return "Nothing of it makes you busy, and colleagues see nothing of it.";
  if (policy.shares === "details") return "Colleagues see free and busy, and titles where they ask why a time is missing.";
  if (policy.shares === "nothing") return "Colleagues see neither titles nor that anything is there.";
  return "Colleagues see free and busy from these, never titles.";
}

/** What differs from what is usual, in a few words; empty where nothing does. */
export function policyWords(connection: Connection): string {
  const { policy } = connection;
  if (!policy || !canWrite(connection)) return "";
  const told: string[] = [];
  if (policy.direction === "in") told.push("It is only read.");
  if (policy.direction === "out") told.push("It is only written.");
  if (policy.direction === "both") {
    if (policy.on_move === "propose") told.push("Moves made there are proposed to the others.");
    if (policy.on_delete === "ask") told.push("Deletions there are asked about.");
    if (policy.conflict_rule === "ours") told.push("Where both changed, Convene’s version stays.");
    if (policy.conflict_rule === "theirs") told.push("Where both changed, the calendar’s version wins.");
  }
  return told.join(" ");
}

/** What was changed, to be sent; null when nothing was. */
export function changesOf(before: Policy, after: Policy): Partial<Policy> | null {
  const names = (Object.keys(DEFAULTS) as (keyof Policy)[]).filter((name) => before[name] !== after[name]);
  return names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, after[name]]));
}

function possessive(place: string): string {
  return place.endsWith("s") ? `${place}’` : `${place}’s`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
