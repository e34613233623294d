/**
 * What `elements.js` does at once: it registers the schedule button, and fetches every other element when a page shows
 * one. Elements that are in the page, or are added to it later, are found by their names.
 *
 * Inside other components' shadow roots nobody looks: `load("convene-booking-card")` fetches an element by name there.
 */
import "../elements/schedule-button/schedule-button.ts";

export { setStrings } from "../internal/languages.ts";

const parts = {
  "convene-availability-editor": () => import("../elements/availability-editor/availability-editor.ts"),
  "convene-booking-card": () => import("../elements/booking-card/booking-card.ts"),
  "convene-booking-modal": () => import("../elements/booking-modal/booking-modal.ts"),
  "convene-cancel-dialog": () => import("../elements/cancel-dialog/cancel-dialog.ts"),
  "convene-dual-time": () => import("../elements/dual-time/dual-time.ts"),
  "convene-schedule-button": () => Promise.resolve(),
  "convene-slot-picker": () => import("../elements/slot-picker/slot-picker.ts"),
  "convene-upcoming": () => import("../elements/upcoming/upcoming.ts"),
} satisfies Record<string, () => Promise<unknown>>;

export type ElementName = keyof typeof parts;

/** Fetches and registers elements: those named, or all. Rejects when a part cannot be fetched. */
export async function load(...names: ElementName[]): Promise<void> {
  await Promise.all((names.length > 0 ? names : (Object.keys(parts) as ElementName[])).map((name) => parts[name]()));
}

const known = `:is(${Object.keys(parts).join()}):not(:defined)`;

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
