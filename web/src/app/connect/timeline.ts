/** What the message list shows, as plain values: days, the mark of the first unread, who is grouped with whom. */
import { dayKey } from "../../internal/time.ts";
import type { StoredMessage } from "../store.ts";

export type Item =
  | { kind: "day"; key: string; day: string }
  | { kind: "unread"; key: string }
  | { kind: "message"; key: string; message: StoredMessage; isFirst: boolean };

/** Messages of one author closer than this stand under one name. */
const GROUP_MS = 5 * 60_000;

/**
 * Lays out messages (oldest first) for a viewer in `tzid`. `lastReadSeq` is where the viewer had read to when the
 * conversation was opened, or null for no mark; one's own messages (`me`) are never new.
 */
export function layOut(
  messages: readonly StoredMessage[],
  options: { tzid: string; lastReadSeq: number | null; me: string },
): Item[] {
  const items: Item[] = [];
  let day = "";
  let before: StoredMessage | null = null;
  let isMarked = options.lastReadSeq === null;
  for (const message of messages) {
    const today = dayKey(message.created_at, options.tzid);
    if (today !== day) {
      items.push({ kind: "day", key: `day-${today}`, day: today });
      day = today;
      before = null;
    }
    if (!isMarked && message.seq > options.lastReadSeq! && message.author_id !== options.me) {
      items.push({ kind: "unread", key: "unread" });
      isMarked = true;
      before = null;
    }
    items.push({ kind: "message", key: message.message_id, message, isFirst: !continues(before, message) });
    before = message;
  }
  return items;
}

function continues(before: StoredMessage | null, message: StoredMessage): boolean {
  if (before === null || before.kind !== "text" || message.kind !== "text") return false;
  if (before.author_id !== message.author_id) return false;
  return Date.parse(message.created_at) - Date.parse(before.created_at) < GROUP_MS;
}

/** The part of a long list that is on the page: `[start, end)`, growing to a bound and then moving. */
export interface Extent {
  start: number;
  end: number;
}

export const FIRST_EXTENT = 200;
export const LARGEST_EXTENT = 400;
const STEP = 100;

/** The extent at the newest end of `count` messages. */
export const newest = (count: number, size = FIRST_EXTENT): Extent => ({ start: Math.max(0, count - size), end: count });

/** More at the old end; the newest leave the page when it would grow too large. */
export function older(extent: Extent): Extent {
  const start = Math.max(0, extent.start - STEP);
  return { start, end: Math.min(extent.end, start + LARGEST_EXTENT) };
}

/** More at the new end of `count` messages; the oldest leave the page. */
export function newer(extent: Extent, count: number): Extent {
  const end = Math.min(count, extent.end + STEP);
  return { start: Math.max(extent.start, end - LARGEST_EXTENT), end };
}
