/** The app's entry: puts the window's root element on the page. Screens are loaded when they are first shown. */
import { define } from "../internal/element.ts";
import { AppElement } from "./app.element.ts";

define("convene-app", AppElement);
document.body.append(document.createElement("convene-app"));
