/** The public bundle `elements.js`: every booking element, registered, plus what a host needs to feed them. */
export { setStrings } from "../internal/strings.ts";
import "./dialog/dialog.ts";
import "./menu/menu.ts";
import "./zone-select/zone-select.ts";
