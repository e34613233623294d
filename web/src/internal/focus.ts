/** Where the focus is, what can take it, and giving it back. Looks through open shadow roots. */

const FOCUSABLE =
  "a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), summary, [tabindex]:not([tabindex='-1'])";

/** The element that really has the focus, inside whichever shadow root. */
export function deepActiveElement(): HTMLElement | null {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active instanceof HTMLElement ? active : null;
}

/** The first descendant that can take the focus and is shown; slots and shadow roots are walked. */
export function firstFocusable(root: Element | ShadowRoot): HTMLElement | null {
  for (const element of flatChildren(root)) {
    if (element instanceof HTMLElement && element.matches(FOCUSABLE) && element.checkVisibility()) return element;
    const inside = firstFocusable(element);
    if (inside) return inside;
  }
  return null;
}

function flatChildren(root: Element | ShadowRoot): Element[] {
  if (root instanceof HTMLSlotElement) {
    const assigned = root.assignedElements();
    return assigned.length > 0 ? assigned : [...root.children];
  }
  return [...((root instanceof Element && root.shadowRoot) || root).children];
}

/** Remembers the focus now; the returned function gives it back if that element is still there. */
export function rememberFocus(): () => void {
  const before = deepActiveElement();
  return () => {
    if (before?.isConnected) before.focus({ preventScroll: true });
  };
}
