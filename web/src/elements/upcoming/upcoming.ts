/** Registers `<convene-upcoming>`. */
import { define } from "../../internal/element.ts";
import { UpcomingElement } from "./upcoming.element.ts";

define("convene-upcoming", UpcomingElement);

declare global {
  interface HTMLElementTagNameMap {
    "convene-upcoming": UpcomingElement;
  }
}
export { UpcomingElement };
