/** Registers `<cv-slot-list>`. */
import { define } from "../../internal/element.ts";
import { SlotListElement } from "./slot-list.element.ts";

define("cv-slot-list", SlotListElement);

declare global {
  interface HTMLElementTagNameMap {
    "cv-slot-list": SlotListElement;
  }
}
export { SlotListElement };
