/**
 * What `elements.js` does at once: it registers the schedule button, and fetches the other elements when a page shows
 * one. Elements that are in the page, or are added to it later, are found by their names.
 *
 * Inside other components' shadow roots nobody looks: `load("convene-booking-card")` fetches an element by name there.
 */
import "../elements/schedule-button/schedule-button.ts";

export { setStrings } from "../internal/languages.ts";

const names = [
  "convene-availability-editor",
  "convene-booking-card",
  "convene-booking-modal",
  "convene-cancel-dialog",
  "convene-dual-time",
  "convene-schedule-button",
  "convene-slot-picker",
  "convene-upcoming",
] as const;

export type ElementName = (typeof names)[number];

/** Fetches and registers elements: those named, or all. Rejects when they cannot be fetched. */
export async function load(...wanted: ElementName[]): Promise<void> {
  if (wanted.length === 0 || wanted.some((name) => !customElements.get(name))) await import("./rest.ts");
}

const known = `:is(${names.join()}):not(:defined)`;

/** Fetches an element that is shown. After a failure it stays as it is, and the next one of its kind tries again. */
function fetchFor(element: Element): void {
  load(element.localName as ElementName).catch(() => element.dispatchEvent(new Event("error")));
}

/** Looks at the elements below `root`. */
function discover(root: ParentNode): void {
  root.querySelectorAll(known).forEach(fetchFor);
}

discover(document);
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) {
    for (const node of addedNodes) {
      if (!(node instanceof Element)) continue;
      if (node.matches(known)) fetchFor(node);
      discover(node);
    }
  }
}).observe(document, { childList: true, subtree: true });
