/** Free times by the day on which they begin. */
import { type DayKey, dayKey } from "../../internal/time.ts";
import type { Slot } from "../../internal/types.ts";

/** The days of a zone that have times, in their order, each with its own. */
export function byDay(slots: readonly Slot[], tzid: string): [DayKey, Slot[]][] {
  const days = new Map<DayKey, Slot[]>();
  for (const slot of slots) {
    const day = dayKey(slot.start, tzid);
    const known = days.get(day);
    if (known) known.push(slot);
    else days.set(day, [slot]);
  }
  return [...days];
}
