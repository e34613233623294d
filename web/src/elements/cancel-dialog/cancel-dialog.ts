/** Registers `<convene-cancel-dialog>`. */
import { define } from "../../internal/element.ts";
import { CancelDialogElement } from "./cancel-dialog.element.ts";

define("convene-cancel-dialog", CancelDialogElement);

declare global {
  interface HTMLElementTagNameMap {
    "convene-cancel-dialog": CancelDialogElement;
  }
}
export { CancelDialogElement };
