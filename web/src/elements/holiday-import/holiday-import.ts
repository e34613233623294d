/** Registers `<cv-holiday-import>`. */
import { define } from "../../internal/element.ts";
import { HolidayImportElement } from "./holiday-import.element.ts";

define("cv-holiday-import", HolidayImportElement);

declare global {
  interface HTMLElementTagNameMap {
    "cv-holiday-import": HolidayImportElement;
  }
}
export { HolidayImportElement };
