/** What pages of the app draw inside the booking modal. */
import type { TemplateResult } from "lit";
import type { BookingSession } from "../../controllers/booking-session.ts";
import type { ApiError } from "../../internal/api-client.ts";
import type { Slot } from "../../internal/types.ts";
import type { SlotNote } from "../slot-list/slot-list.element.ts";
import type { BookingModalElement } from "./booking-modal.element.ts";

/** What a page adds by its own means, drawn inside the modal: what other pages embed stays small. */
export interface ModalExtras {
  /** In place of the modal's own people, where several are met. */
  people?(modal: BookingModalElement, session: BookingSession): TemplateResult;
  /** A word on a time of a group, and the sentence that says it. */
  slotNote?(session: BookingSession, slot: Slot): SlotNote | null;
  /** Reasons of suggestions, where they read otherwise of a group. */
  reasons?: Record<string, string>;
  /** What is to be said of the chosen time of a group. */
  review?(session: BookingSession): unknown;
  /** Instead of "nobody is free" where enough of a group never are: what to say, and a way out of it. */
  empty?(modal: BookingModalElement, session: BookingSession, until: string): { text: string; exit: unknown };
  underTimes(modal: BookingModalElement, session: BookingSession): TemplateResult;
  /** After title, note and video of a new meeting. */
  fields(modal: BookingModalElement, session: BookingSession): TemplateResult;
  /** In place of a refusal that is about rooms alone. */
  roomTaken(modal: BookingModalElement, session: BookingSession, error: ApiError): TemplateResult;
}
