/** Styles of `<cv-day-strip>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: flex;
    align-items: center;
    gap: var(--cv-space-1);
    min-inline-size: 0;
  }
  .strip {
    display: flex;
    flex: 1;
    gap: var(--cv-space-1);
    min-inline-size: 0;
    padding: 3px;
    overflow-x: auto;
    scroll-snap-type: x proximity;
    scrollbar-width: none;
  }
  .tab {
    appearance: none;
    position: relative;
    display: grid;
    flex: 0 0 auto;
    justify-items: center;
    gap: 1px;
    min-inline-size: 4rem;
    min-block-size: 3.9rem;
    padding: var(--cv-space-1);
    border: 1px solid transparent;
    border-radius: var(--cv-radius);
    background: transparent;
    color: var(--cv-ink);
    font: inherit;
    line-height: 1.2;
    scroll-snap-align: start;
    cursor: pointer;
  }
  .tab:hover {
    background: var(--cv-surface-sunken);
  }
  .tab[aria-selected="true"] {
    border-color: var(--cv-accent);
    background: var(--cv-accent-soft);
  }
  .tab:focus-visible {
    outline-offset: 0;
  }
  .weekday,
  .count {
    font-size: var(--cv-text-xs);
    color: var(--cv-ink-muted);
    white-space: nowrap;
  }
  .number {
    font-size: var(--cv-text-lg);
    font-weight: 650;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
  }
  .number small {
    font-size: var(--cv-text-xs);
    font-weight: 500;
  }
  .count {
    color: var(--cv-accent-ink);
    font-weight: 550;
  }
  .empty .number,
  .empty .count {
    color: var(--cv-ink-muted);
    font-weight: 400;
  }
  @media (max-width: 479px) {
    .button {
      display: none;
    }
  }
  @media (forced-colors: active) {
    .tab[aria-selected="true"] {
      border: 3px solid Highlight;
    }
  }
`;
