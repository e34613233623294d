/** Registers `<cv-toast>`. */
import { define } from "../../internal/element.ts";
import { ToastElement } from "./toast.element.ts";

define("cv-toast", ToastElement);

declare global {
  interface HTMLElementTagNameMap {
    "cv-toast": ToastElement;
  }
}
export { ToastElement };
export type { Toast } from "./toast.element.ts";
