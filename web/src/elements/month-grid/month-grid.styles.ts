/** Styles of `<cv-month-grid>`. */
import { css } from "lit";

export const styles = css`
  .bar {
    display: flex;
    align-items: center;
    justify-content: space-between;
    margin-block-end: var(--cv-space-1);
  }
  h3 {
    font-size: var(--cv-text-md);
    font-weight: 600;
  }
  table {
    inline-size: 100%;
    table-layout: fixed;
    border-spacing: 2px;
  }
  th {
    padding-block: var(--cv-space-1);
    font-size: var(--cv-text-xs);
    font-weight: 500;
    color: var(--cv-ink-muted);
    text-align: center;
  }
  td {
    padding: 0;
  }
  .day {
    appearance: none;
    position: relative;
    display: grid;
    place-content: center;
    justify-items: center;
    inline-size: 100%;
    min-block-size: var(--cv-target);
    padding: 2px;
    border: 1px solid transparent;
    border-radius: var(--cv-radius-sm);
    background: transparent;
    color: var(--cv-ink-muted);
    font: inherit;
    font-variant-numeric: tabular-nums;
    line-height: 1.15;
    cursor: pointer;
  }
  .day.free {
    background: var(--cv-accent-soft);
    color: var(--cv-ink);
    font-weight: 600;
  }
  .day.free:hover {
    border-color: var(--cv-accent);
  }
  .day.full {
    text-decoration: line-through;
    cursor: default;
  }
  .count {
    font-size: var(--cv-text-xs);
    font-weight: 500;
    color: var(--cv-accent-ink);
  }
  .day[aria-current="date"] {
    border-color: var(--cv-line-strong);
    font-weight: 650;
  }
  .day.chosen {
    background: var(--cv-accent);
    color: var(--cv-on-accent);
  }
  .day.chosen .count {
    color: inherit;
  }
  @media (forced-colors: active) {
    .day.free {
      border-color: ButtonText;
    }
    .day.chosen {
      border: 3px solid Highlight;
    }
  }
`;
