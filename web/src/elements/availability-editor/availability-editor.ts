/** Registers `<convene-availability-editor>`. */
import { define } from "../../internal/element.ts";
import { AvailabilityEditorElement } from "./availability-editor.element.ts";

define("convene-availability-editor", AvailabilityEditorElement);

declare global {
  interface HTMLElementTagNameMap {
    "convene-availability-editor": AvailabilityEditorElement;
  }
}
export { AvailabilityEditorElement };
