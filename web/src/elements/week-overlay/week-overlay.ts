/** Registers `<convene-week-overlay>`. */
import { define } from "../../internal/element.ts";
import { WeekOverlayElement } from "./week-overlay.element.ts";

define("convene-week-overlay", WeekOverlayElement);

declare global {
  interface HTMLElementTagNameMap {
    "convene-week-overlay": WeekOverlayElement;
  }
}
export { WeekOverlayElement };
