/** Styles of `<convene-booking-card>`: a calendar leaf beside the facts, actions below. */
import { css } from "lit";

export const styles = css`
  :host {
    max-inline-size: 36rem;
    container-type: inline-size;
  }
  .card {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: var(--cv-space-3) var(--cv-space-4);
    padding: var(--cv-space-4);
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius-lg);
    background: var(--cv-surface);
    box-shadow: var(--cv-shadow-1);
  }
  .leaf {
    display: grid;
    grid-template-rows: auto 1fr auto;
    justify-items: center;
    align-self: start;
    inline-size: 3.5rem;
    padding-block-end: 0.3rem;
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius);
    background: var(--cv-surface-raised);
    line-height: 1.2;
    overflow: hidden;
  }
  .leaf-month {
    inline-size: 100%;
    padding-block: 0.15rem;
    background: var(--cv-accent);
    color: var(--cv-on-accent);
    font-size: var(--cv-text-xs);
    font-weight: 600;
    text-align: center;
  }
  .leaf-day {
    font-size: var(--cv-text-xl);
    font-weight: 700;
    font-variant-numeric: tabular-nums;
  }
  .leaf-weekday {
    font-size: var(--cv-text-xs);
    color: var(--cv-ink-muted);
  }
  .main {
    display: grid;
    gap: 2px;
    min-inline-size: 0;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: start;
    justify-content: space-between;
    gap: var(--cv-space-1) var(--cv-space-3);
    margin-block-end: 2px;
  }
  h3 {
    flex: 1 1 8rem;
    font-size: var(--cv-text-lg);
    font-weight: 650;
    line-height: var(--cv-leading-tight);
    overflow-wrap: anywhere;
  }
  .when .mine {
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  .when strong {
    color: var(--cv-accent-ink);
  }
  .other,
  .facts,
  .change,
  .note,
  .receipt {
    font-size: var(--cv-text-sm);
    overflow-wrap: anywhere;
  }
  .other {
    color: var(--cv-ink-muted);
    font-variant-numeric: tabular-nums;
  }
  .change {
    margin-block-start: var(--cv-space-1);
  }
  .note {
    margin-block-start: var(--cv-space-1);
    padding-inline-start: var(--cv-space-3);
    border-inline-start: 2px solid var(--cv-line);
    white-space: pre-line;
  }
  .receipt {
    display: flex;
    gap: var(--cv-space-2);
    align-items: start;
    margin-block-start: var(--cv-space-1);
    color: var(--cv-warning);
  }
  .receipt svg.icon {
    margin-block-start: 0.15em;
  }
  .receipt.written {
    color: var(--cv-ink-muted);
  }
  .receipt.failed {
    color: var(--cv-danger);
  }
  .actions {
    display: flex;
    grid-column: 1 / -1;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-2);
  }
  .card.cancelled,
  .card.declined,
  .card.ended {
    background: var(--cv-surface-sunken);
    box-shadow: none;
  }
  .card.cancelled .leaf-month,
  .card.declined .leaf-month,
  .card.ended .leaf-month {
    background: var(--cv-line);
    color: var(--cv-ink);
  }
  .card.cancelled h3,
  .card.declined h3,
  .card.cancelled .mine,
  .card.declined .mine {
    text-decoration: line-through;
    font-weight: 500;
  }
  .card.cancelled h3,
  .card.declined h3,
  .card.ended h3 {
    color: var(--cv-ink-muted);
  }
  @container (max-width: 21rem) {
    .card {
      padding: var(--cv-space-3);
      column-gap: var(--cv-space-3);
    }
    .leaf {
      inline-size: 3rem;
    }
  }
`;
