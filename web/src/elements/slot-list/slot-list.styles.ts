/** Styles of `<cv-slot-list>`: two clocks per button, a hairline between them. */
import { css } from "lit";

export const styles = css`
  .slots {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr));
    gap: var(--cv-space-2);
  }
  .slot,
  .slot-size {
    min-block-size: max(2.75rem, var(--cv-target));
  }
  .slot {
    appearance: none;
    position: relative;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    align-content: center;
    justify-content: center;
    column-gap: var(--cv-space-2);
    padding: var(--cv-space-1) var(--cv-space-2);
    border: 1px solid var(--cv-line-strong);
    border-radius: var(--cv-radius);
    background: var(--cv-surface);
    color: var(--cv-ink);
    font: inherit;
    font-variant-numeric: tabular-nums;
    line-height: 1.25;
    cursor: pointer;
    transition:
      background-color var(--cv-duration) var(--cv-ease),
      border-color var(--cv-duration) var(--cv-ease);
  }
  .slot:hover {
    border-color: var(--cv-accent);
    background: var(--cv-accent-soft);
  }
  .mine {
    font-weight: 650;
  }
  .theirs {
    padding-inline-start: var(--cv-space-2);
    border-inline-start: 1px solid var(--cv-line-strong);
    color: var(--cv-ink-muted);
    font-size: var(--cv-text-sm);
  }
  .shift,
  .word {
    font-size: var(--cv-text-xs);
    color: var(--cv-ink-muted);
  }
  .word {
    font-weight: 600;
    color: var(--cv-warning);
  }
  .shift,
  .word {
    flex-basis: 100%;
    text-align: center;
  }
  .shift ~ .word {
    flex-basis: auto;
  }
  .checked,
  .checked:hover {
    border-color: var(--cv-accent);
    background: var(--cv-accent);
    color: var(--cv-on-accent);
  }
  .checked .theirs,
  .checked .shift,
  .checked .word {
    border-color: currentColor;
    color: inherit;
  }
  .taken,
  .gone,
  .current,
  .taken:hover,
  .gone:hover,
  .current:hover {
    border-style: dashed;
    border-color: var(--cv-line-strong);
    background: var(--cv-surface-sunken);
    color: var(--cv-ink-muted);
    cursor: not-allowed;
  }
  .gone .mine,
  .taken .mine {
    text-decoration: line-through;
    font-weight: 500;
  }
  .current .word {
    color: var(--cv-accent-ink);
  }
  @media (forced-colors: active) {
    .checked {
      border: 3px solid Highlight;
    }
    .taken,
    .gone,
    .current {
      border-color: GrayText;
      color: GrayText;
    }
  }
`;
