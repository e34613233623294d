/** Registers `<cv-day-strip>`. */
import { define } from "../../internal/element.ts";
import { DayStripElement } from "./day-strip.element.ts";

define("cv-day-strip", DayStripElement);

declare global {
  interface HTMLElementTagNameMap {
    "cv-day-strip": DayStripElement;
  }
}
export { DayStripElement };
