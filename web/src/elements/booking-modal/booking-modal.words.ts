/** What stands in the way of a booking and what went wrong with one, in words. */
import type { BookingSession } from "../../controllers/booking-session.ts";
import { strings } from "../../internal/strings.ts";
import type { BookingModalElement } from "./booking-modal.element.ts";

/** Why Book would do nothing; null when it may be pressed. */
export function obstacleText(session: BookingSession): string | null {
  const words = strings();
  switch (session.obstacle) {
    case "choose":
      return words.chooseFirst;
    case "gone":
      return words.selectionGone;
    case "offline":
      return words.offlineBook;
    case "cancelled":
      return words.changedCancelled(session.booking?.changed_by_name || words.someone);
    default:
      return null;
  }
}

/** What went wrong; empty while nothing did. */
export function troubleText(modal: BookingModalElement, session: BookingSession): string {
  const words = strings();
  const { trouble } = session;
  if (!trouble) return "";
  switch (trouble.kind) {
    case "taken":
      return [words.takenMessage(modal.when(trouble.slot.start)), modal.hasTyped ? words.noteKept : ""].join(" ").trim();
    case "load":
      return `${modal.isGroup ? words.loadFailedForAll : words.loadFailed(modal.otherName)} ${trouble.error.detail}`;
    case "room":
      return trouble.error.detail;
    case "forbidden":
      return trouble.error.detail || words.forbidden;
    case "changed": {
      const name = trouble.card.changed_by_name || words.someone;
      if (trouble.card.state === "cancelled") return words.changedCancelled(name);
      return words.changedTo(name, modal.when(trouble.card.start_utc));
    }
    case "save": {
      const failed = session.isMove ? words.moveFailed : words.saveFailed;
      return trouble.error.isNetwork ? `${trouble.error.detail} ${words.saveUnknown}` : `${failed} ${trouble.error.detail}`;
    }
  }
}
