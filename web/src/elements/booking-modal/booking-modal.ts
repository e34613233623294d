/** Registers `<convene-booking-modal>`. */
import { define } from "../../internal/element.ts";
import { BookingModalElement } from "./booking-modal.element.ts";
import type { ModalExtras } from "./booking-modal.extras.ts";

define("convene-booking-modal", BookingModalElement);

declare global {
  interface HTMLElementTagNameMap {
    "convene-booking-modal": BookingModalElement;
  }
}
export { BookingModalElement, type ModalExtras };
