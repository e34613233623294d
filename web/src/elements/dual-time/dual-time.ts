/** Registers `<convene-dual-time>`. */
import { define } from "../../internal/element.ts";
import { DualTimeElement } from "./dual-time.element.ts";

define("convene-dual-time", DualTimeElement);

declare global {
  interface HTMLElementTagNameMap {
    "convene-dual-time": DualTimeElement;
  }
}
export { DualTimeElement };
