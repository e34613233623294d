/** Registers `<convene-booking-modal>`. */
import { define } from "../../internal/element.ts";
import { BookingModalElement, type ModalExtras } from "./booking-modal.element.ts";

define("convene-booking-modal", BookingModalElement);

declare global {
  interface HTMLElementTagNameMap {
    "convene-booking-modal": BookingModalElement;
  }
}
export { BookingModalElement, type ModalExtras };
