/** Registers `<convene-booking-card>`. */
import { define } from "../../internal/element.ts";
import { BookingCardElement } from "./booking-card.element.ts";

define("convene-booking-card", BookingCardElement);

declare global {
  interface HTMLElementTagNameMap {
    "convene-booking-card": BookingCardElement;
  }
}
export { BookingCardElement };
