/** What a calendar and a booking say differently, in words: both sides line by line, and what each decision means. */
import { formatDayOf, formatTime, formatTimeRange } from "../../internal/time.ts";
import type { Conflict, ConflictSide } from "../platform.ts";

export interface Look {
  tzid: string;
  locale: string;
  /** The reader. */
  me: string;
}

export interface Line {
  label: string;
  ours: string;
  /** Null where the event was deleted there. */
  theirs: string | null;
  differs: boolean;
}

const firstName = (name: string): string => name.split(" ")[0] ?? name;

/** "your calendar Work", "Ana’s calendar". Others do not learn which of Ana’s. */
export function placeOf(conflict: Conflict, { me }: Look): string {
  if (conflict.account.sub !== me) return `${firstName(conflict.account.name)}’s calendar`;
  const { calendar_name: calendar, connection_label: label } = conflict;
  const name = calendar || label;
  if (name === "") return "your calendar";
  return label !== "" && label !== name ? `your calendar “${name}” (${label})` : `your calendar “${name}”`;
}

/** The time of one side on the reader's clock; two days are both told. */
export function whenOf(side: ConflictSide, { tzid, locale }: Look): string {
  const from = formatDayOf(side.start, tzid, locale);
  if (from === formatDayOf(side.end, tzid, locale)) return `${from}, ${formatTimeRange(side.start, side.end, tzid, locale)}`;
  const at = (instant: string): string => `${formatDayOf(instant, tzid, locale)}, ${formatTime(instant, tzid, locale)}`;
  return `${at(side.start)} – ${at(side.end)}`;
}

/** Both sides line by line: time and title always, the rest where it differs. */
export function linesOf(conflict: Conflict, look: Look): Line[] {
  const { ours, theirs, fields } = conflict;
  const line = (label: string, names: (keyof ConflictSide)[], tell: (side: ConflictSide) => string): Line => ({
    label,
    ours: tell(ours),
    theirs: theirs === null ? null : tell(theirs),
    differs: theirs !== null && names.some((name) => fields.includes(name)),
  });
  const lines = [
    line("When", ["start", "end"], (side) => whenOf(side, look)),
    line("Title", ["title"], (side) => side.title),
    line("Place", ["location"], (side) => side.location),
    line("Text", ["description"], (side) => side.description),
  ];
  return lines.filter(({ label, differs }) => label === "When" || label === "Title" || differs);
}

/** What has happened, as a sentence or two. */
export function happened(conflict: Conflict, look: Look): string {
  const place = placeOf(conflict, look);
  const isMine = conflict.account.sub === look.me;
  const isOpen = conflict.state === "open";
  if (conflict.is_proposal) {
    if (!isMine) return `${firstName(conflict.account.name)} would like another time for it.`;
    return `You moved it in ${place}.${isOpen ? " It stays where it was until one of the others agrees." : ""}`;
  }
  if (conflict.kind === "deleted") return `It was deleted in ${place}.${isOpen ? " It is still booked." : ""}`;
  const both = conflict.kind === "moved" ? `It was moved in Convene and, to another time, in ${place}.` : `It was changed in Convene and, differently, in ${place}.`;
  return isOpen ? `${both} Until you decide, Convene’s ${conflict.kind === "moved" ? "time" : "version"} counts everywhere.` : both;
}

export interface Decision {
  label: string;
  /** What follows, before it is chosen. */
  means: string;
  /** What is said afterwards. */
  done: string;
}

export function decisions(conflict: Conflict, look: Look): { ours: Decision; theirs: Decision } {
  const isMine = conflict.account.sub === look.me;
  const movesIt = conflict.fields.includes("start") || conflict.fields.includes("end");
  if (conflict.is_proposal) {
    const name = firstName(conflict.account.name);
    return {
      ours: isMine
        ? { label: "Withdraw it", means: "The others are not asked any more.", done: "Withdrawn. The meeting stays where it was." }
        : { label: "Keep the time", means: `${name} is told that it stays.`, done: "The meeting stays where it was." },
      theirs: { label: "Agree", means: "The meeting is moved for everyone; all are told.", done: "The meeting is moved. Everyone is told." },
    };
  }
  if (conflict.kind === "deleted") {
    return {
      ours: { label: "Keep the meeting", means: "It is written into the calendar again.", done: "The meeting stays, and is written into the calendar again." },
      theirs: { label: "Cancel it for everyone", means: "Everyone is told that it is off.", done: "The meeting is cancelled. Everyone is told." },
    };
  }
  return {
    ours: { label: "Keep ours", means: "It stays as it is booked; nobody is disturbed.", done: "It stays as it is booked, everywhere." },
    theirs: movesIt
      ? { label: "Take theirs", means: "The meeting is moved for everyone; all are told.", done: "The meeting is moved. Everyone is told." }
      : { label: "Take theirs", means: "The meeting says for everyone what the calendar says.", done: "The meeting says now what the calendar says." },
  };
}

/** The short sentence on a card, and on the page of the meeting. */
export function hint(conflict: Conflict, look: Look): string {
  const place = placeOf({ ...conflict, connection_label: "" }, look);
  const name = firstName(conflict.account.name);
  if (conflict.is_proposal && conflict.account.sub !== look.me) {
    return conflict.theirs === null ? `${name} proposes another time.` : `${name} proposes ${whenOf(conflict.theirs, look)}.`;
  }
  if (conflict.is_proposal) return "You proposed another time; nobody has answered yet.";
  const verb = { moved: "moved", deleted: "deleted", edited: "changed" }[conflict.kind];
  return `This meeting was ${verb} in ${place}.`;
}

/** How a resolved one ended. */
export function outcome(conflict: Conflict, look: Look): string {
  const { ours, theirs } = decisions(conflict, look);
  return conflict.resolution === "theirs" ? theirs.done : ours.done;
}

/** "2 open conflicts" beside the number that people see. */
export const countWords = (count: number): string => (count === 1 ? "1 open conflict" : `${count} open conflicts`);
