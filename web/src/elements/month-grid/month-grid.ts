/** Registers `<cv-month-grid>`. */
import { define } from "../../internal/element.ts";
import { MonthGridElement } from "./month-grid.element.ts";

define("cv-month-grid", MonthGridElement);

declare global {
  interface HTMLElementTagNameMap {
    "cv-month-grid": MonthGridElement;
  }
}
export { MonthGridElement };
