/** Registers `<cv-menu>`. */
import { define } from "../../internal/element.ts";
import { MenuElement } from "./menu.element.ts";

define("cv-menu", MenuElement);

declare global {
  interface HTMLElementTagNameMap {
    "cv-menu": MenuElement;
  }
}
export { MenuElement };
export type { MenuItem } from "./menu.element.ts";
