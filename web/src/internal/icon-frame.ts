/** The frame of all icons, and the one that the schedule button shows before the others are loaded. */
import { type TemplateResult, html, svg } from "lit";

export const calendar = svg`<rect x="3.5" y="5" width="17" height="15.5" rx="3"/><path d="M3.5 10h17M8 2.8V6M16 2.8V6"/>`;

/** A drawing of 24 by 24 as an icon; `mirrored` turns it round in right-to-left pages. */
export function drawing(paths: unknown, mirrored = false): TemplateResult {
  return html`<svg class="icon${mirrored ? " mirror" : ""}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${paths}</svg>`;
}
