/** Registers `<cv-dialog>`. */
import { define } from "../../internal/element.ts";
import { DialogElement } from "./dialog.element.ts";

define("cv-dialog", DialogElement);

declare global {
  interface HTMLElementTagNameMap {
    "cv-dialog": DialogElement;
  }
}
export { DialogElement };
