/** `${cssProperty("--hue", 12)}` in a tag sets a CSS property through the CSSOM: content policies refuse style attributes. */
import { noChange } from "lit";
import { Directive, type ElementPart, type PartInfo, PartType, directive } from "lit/directive.js";

class CssProperty extends Directive {
  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) throw new Error("cssProperty stands alone in a tag.");
  }
  render(_name: string, _value: string | number) {
    return noChange;
  }
  override update(part: ElementPart, [name, value]: [string, string | number]) {
    (part.element as HTMLElement).style.setProperty(name, String(value));
    return noChange;
  }
}

export const cssProperty = directive(CssProperty);
