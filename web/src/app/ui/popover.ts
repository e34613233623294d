/** Puts an element of the top layer beside the control that opened it. */

const GAP = 6;
const EDGE = 8;

/** Under the anchor, or above it where there is no room; never past the window's edges. */
export function place(panel: HTMLElement, anchor: HTMLElement): void {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: inline, offsetHeight: block } = panel;
  const below = box.bottom + GAP;
  const fitsBelow = below + block <= innerHeight - EDGE;
  const top = fitsBelow ? below : Math.max(EDGE, Math.min(box.top - block - GAP, innerHeight - block - EDGE));
  const start = getComputedStyle(panel).direction === "rtl" ? box.right - inline : box.left;
  const left = Math.max(EDGE, Math.min(start, innerWidth - inline - EDGE));
  panel.style.translate = `${Math.round(left)}px ${Math.round(Math.max(EDGE, top))}px`;
}
