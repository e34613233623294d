/** Every booking element, registered, plus what a host needs to feed them: the door of the npm package. */
export { ApiClient, ApiError } from "../internal/api-client.ts";
export { type Catalogue, setStrings } from "../internal/languages.ts";
export { type SchedulingApi, connectApi, platformApi } from "../internal/scheduling-api.ts";
export { english } from "../internal/strings.ts";
export {
  type Availability,
  type AvailabilityRules,
  type Booking,
  type Card,
  type Slot,
  cardFromBooking,
} from "../internal/types.ts";
export type { Person } from "../internal/people.ts";
export type { SlotQuery } from "../controllers/slot-feed.ts";
export type { ConveneEvents } from "./events.ts";
export { AvailabilityEditorElement } from "./availability-editor/availability-editor.ts";
export { BookingCardElement } from "./booking-card/booking-card.ts";
export { BookingModalElement } from "./booking-modal/booking-modal.ts";
export { CancelDialogElement } from "./cancel-dialog/cancel-dialog.ts";
export { DualTimeElement } from "./dual-time/dual-time.ts";
export { ScheduleButtonElement } from "./schedule-button/schedule-button.ts";
export { SlotPickerElement } from "./slot-picker/slot-picker.ts";
export { UpcomingElement } from "./upcoming/upcoming.ts";
