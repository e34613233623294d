/** Keys for composite widgets: one tab stop, arrows inside (the "roving tabindex" pattern of the ARIA practices). */

/** The index that a key moves to in a list of `count`, or null when the key does not move. */
export function rovingIndex(
  event: KeyboardEvent,
  current: number,
  count: number,
  options: { direction?: "ltr" | "rtl"; columns?: number; wrap?: boolean } = {},
): number | null {
  if (count === 0 || event.altKey || event.ctrlKey || event.metaKey) return null;
  const { direction = "ltr", columns = 1, wrap = true } = options;
  const forward = direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  const back = direction === "rtl" ? "ArrowRight" : "ArrowLeft";
  const move = (step: number): number => {
    const next = current + step;
    if (wrap) return (next + count) % count;
    return Math.max(0, Math.min(count - 1, next));
  };
  switch (event.key) {
    case forward:
      return move(1);
    case back:
      return move(-1);
    case "ArrowDown":
      return columns > 1 ? clampStep(current, columns, count) : move(1);
    case "ArrowUp":
      return columns > 1 ? clampStep(current, -columns, count) : move(-1);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}

/** In a grid, up and down stay in the column and stop at the edges. */
function clampStep(current: number, step: number, count: number): number {
  const next = current + step;
  return next < 0 || next >= count ? current : next;
}

/** Single-letter shortcuts must not fire while somebody types. */
export function isTyping(event: Event): boolean {
  const target = event.composedPath()[0];
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}
