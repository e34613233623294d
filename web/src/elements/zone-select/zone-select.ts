/** Registers `<cv-zone-select>`. */
import { define } from "../../internal/element.ts";
import { ZoneSelectElement } from "./zone-select.element.ts";

define("cv-zone-select", ZoneSelectElement);

declare global {
  interface HTMLElementTagNameMap {
    "cv-zone-select": ZoneSelectElement;
  }
}
export { ZoneSelectElement };
