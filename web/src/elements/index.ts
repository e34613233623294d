/** The public bundle `elements.js`: every booking element, registered, plus what a host needs to feed them. */
export { ApiClient, ApiError } from "../internal/api-client.ts";
export { type SchedulingApi, connectApi, platformApi } from "../internal/scheduling-api.ts";
export { english, setStrings } from "../internal/strings.ts";
export { cardFromBooking } from "../internal/types.ts";
import "./availability-editor/availability-editor.ts";
import "./booking-card/booking-card.ts";
import "./booking-modal/booking-modal.ts";
import "./cancel-dialog/cancel-dialog.ts";
import "./dual-time/dual-time.ts";
import "./schedule-button/schedule-button.ts";
import "./slot-picker/slot-picker.ts";
import "./upcoming/upcoming.ts";
