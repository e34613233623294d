/** Registers `<convene-schedule-button>`. */
import { define } from "../../internal/element.ts";
import { ScheduleButtonElement } from "./schedule-button.element.ts";

define("convene-schedule-button", ScheduleButtonElement);

declare global {
  interface HTMLElementTagNameMap {
    "convene-schedule-button": ScheduleButtonElement;
  }
}
export { ScheduleButtonElement };
