/** Styles of `<booking-page>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: block;
    min-block-size: 100dvh;
  }
  .bar {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--cv-space-3);
    padding: var(--cv-space-3) var(--cv-space-5);
    border-block-end: 1px solid var(--cv-line);
    background: var(--cv-surface);
  }
  .home {
    color: inherit;
    text-decoration: none;
  }
  .brand {
    display: flex;
    align-items: center;
    gap: var(--cv-space-2);
    font-weight: 650;
    font-size: var(--cv-text-lg);
  }
  .brand svg {
    inline-size: 1.75rem;
    block-size: 1.75rem;
  }
  .sheet > .notice:has(+ .head) {
    margin-block-end: var(--cv-space-4);
  }
  .sheet {
    max-inline-size: 46rem;
    margin-inline: auto;
    padding: var(--cv-space-5) var(--cv-space-4) var(--cv-space-7);
  }
  .head {
    display: grid;
    gap: var(--cv-space-3);
    margin-block-end: var(--cv-space-5);
  }
  h1 {
    font-size: var(--cv-text-2xl);
    letter-spacing: -0.02em;
    line-height: 1.15;
    overflow-wrap: anywhere;
  }
  .cancelled h1,
  .cancelled .when {
    text-decoration: line-through;
    text-decoration-thickness: 1px;
    color: var(--cv-ink-muted);
  }
  .when {
    font-size: var(--cv-text-lg);
    font-weight: 600;
  }
  .seats {
    margin-block-end: var(--cv-space-3);
  }
  .was {
    color: var(--cv-ink-muted);
  }
  .chip {
    justify-self: start;
    font-size: var(--cv-text-sm);
  }
  .person {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    align-items: center;
    gap: 0 var(--cv-space-3);
  }
  .person .clock {
    text-align: end;
  }
  .person .clock strong {
    font-variant-numeric: tabular-nums;
    font-weight: 600;
  }
  .receipt {
    display: flex;
    align-items: start;
    gap: var(--cv-space-1);
    grid-column: 2 / -1;
    margin-block-start: var(--cv-space-1);
    font-size: var(--cv-text-sm);
    color: var(--cv-ink-muted);
  }
  .receipt.failed,
  .receipt.retrying {
    color: var(--cv-warning);
  }
  .note {
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .history li {
    display: grid;
    grid-template-columns: 1.5rem minmax(0, 1fr);
    gap: 0 var(--cv-space-2);
  }
  .history svg.icon {
    margin-block-start: 0.15rem;
    color: var(--cv-ink-muted);
  }
  @media (max-width: 559px) {
    .bar {
      padding: var(--cv-space-2) var(--cv-space-4);
    }
    .person .clock {
      grid-column: 2 / -1;
      text-align: start;
    }
    .person .avatar {
      grid-row: span 2;
      align-self: start;
    }
  }
  @media print {
    .bar,
    .actions,
    cv-toast {
      display: none;
    }
  }
`;
