/** What the public events carry, by name, and their types for `addEventListener` on any element and the document. */
import type { ApiError } from "../internal/api-client.ts";
import type { AvailabilityRules, Booking, Card, Slot } from "../internal/types.ts";

export interface ConveneEvents {
  "convene-ask": { participants: readonly string[]; text: string };
  "convene-book-again": { card: Card };
  "convene-booked": { booking: Booking };
  "convene-cancel": { card: Card };
  "convene-cancelled": { booking: Booking };
  "convene-close": null;
  "convene-day-change": { day: string };
  "convene-error": { error: ApiError };
  "convene-hours-change": null;
  "convene-join": { card: Card };
  "convene-moved": { booking: Booking };
  "convene-open": { card: Card };
  "convene-range-needed": { day: string };
  "convene-reschedule": { card: Card };
  "convene-retry": null;
  "convene-save": { rules: AvailabilityRules };
  "convene-saved": { rules: AvailabilityRules };
  "convene-schedule": null;
  "convene-slot-select": Slot & { confirm: boolean };
}

type AsEvents = { [Name in keyof ConveneEvents]: CustomEvent<ConveneEvents[Name]> };

declare global {
  interface GlobalEventHandlersEventMap extends AsEvents {}
}
