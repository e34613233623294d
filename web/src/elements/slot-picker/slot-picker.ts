/** Registers `<convene-slot-picker>`. */
import { define } from "../../internal/element.ts";
import { SlotPickerElement } from "./slot-picker.element.ts";

define("convene-slot-picker", SlotPickerElement);

declare global {
  interface HTMLElementTagNameMap {
    "convene-slot-picker": SlotPickerElement;
  }
}
export { SlotPickerElement };
