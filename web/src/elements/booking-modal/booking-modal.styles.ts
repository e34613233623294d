/** Styles of `<convene-booking-modal>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: contents;
  }
  .duration {
    flex: none;
    inline-size: auto;
    min-block-size: var(--cv-target-small);
    padding-block: var(--cv-space-1);
    font-size: var(--cv-text-sm);
    background-color: var(--cv-surface-raised);
  }
  .content {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--cv-space-4);
  }
  .zones {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--cv-space-2);
    padding: var(--cv-space-1) var(--cv-space-1) var(--cv-space-1) var(--cv-space-3);
    padding-inline: var(--cv-space-3) var(--cv-space-1);
    border-radius: var(--cv-radius);
    background: var(--cv-surface-sunken);
    font-size: var(--cv-text-sm);
    color: var(--cv-ink-muted);
  }
  .zone-text {
    display: flex;
    flex-wrap: wrap;
    column-gap: var(--cv-space-4);
  }
  .zones strong {
    font-weight: 550;
    color: var(--cv-ink);
  }
  .people {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-2);
    margin-block-start: calc(var(--cv-space-2) * -1);
  }
  .person {
    display: inline-flex;
    align-items: center;
    padding-inline-start: var(--cv-space-3);
    border-radius: var(--cv-radius-full);
    background: var(--cv-accent-soft);
    color: var(--cv-accent-ink);
    font-size: var(--cv-text-sm);
    font-weight: 550;
  }
  .person .button {
    border-radius: var(--cv-radius-full);
  }
  .add-person {
    flex: 0 1 10rem;
    inline-size: auto;
    min-inline-size: 9rem;
    min-block-size: var(--cv-target-small);
    padding-block: 0;
    border-style: dashed;
    border-radius: var(--cv-radius-full);
    background: transparent;
    font-size: var(--cv-text-sm);
  }
  .group-heading {
    margin-block-end: var(--cv-space-2);
    font-size: var(--cv-text-sm);
    font-weight: 600;
    color: var(--cv-ink-muted);
  }
  .offers {
    display: grid;
    grid-template-columns: repeat(3, minmax(0, 1fr));
    gap: var(--cv-space-2);
  }
  .offer,
  .offer-size {
    min-block-size: 4.25rem;
  }
  .offer {
    appearance: none;
    position: relative;
    display: grid;
    gap: 2px;
    align-content: center;
    justify-items: start;
    padding: var(--cv-space-2) var(--cv-space-3);
    border: 1px solid var(--cv-line-strong);
    border-radius: var(--cv-radius);
    background: var(--cv-surface);
    color: var(--cv-ink);
    font: inherit;
    font-variant-numeric: tabular-nums;
    line-height: 1.25;
    text-align: start;
    cursor: pointer;
    transition:
      background-color var(--cv-duration) var(--cv-ease),
      border-color var(--cv-duration) var(--cv-ease);
  }
  .offer:hover {
    border-color: var(--cv-accent);
    background: var(--cv-accent-soft);
  }
  .offer-day,
  .offer-shift {
    font-size: var(--cv-text-xs);
    color: var(--cv-ink-muted);
  }
  .offer-time {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    column-gap: var(--cv-space-2);
  }
  .offer-time b {
    font-size: var(--cv-text-lg);
    font-weight: 650;
  }
  .theirs {
    font-size: var(--cv-text-sm);
    color: var(--cv-ink-muted);
  }
  .offer.checked,
  .offer.checked:hover {
    border-color: var(--cv-accent);
    background: var(--cv-accent);
    color: var(--cv-on-accent);
  }
  .offer.checked span {
    color: inherit;
  }
  .block {
    display: grid;
    justify-items: center;
    gap: var(--cv-space-3);
    padding: var(--cv-space-6) var(--cv-space-4);
    border: 1px dashed var(--cv-line-strong);
    border-radius: var(--cv-radius);
    text-align: center;
    text-wrap: pretty;
  }
  .block > svg.icon {
    inline-size: 1.75rem;
    block-size: 1.75rem;
    color: var(--cv-ink-muted);
  }
  .exits,
  .pair {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: var(--cv-space-2);
  }
  .small {
    font-size: var(--cv-text-sm);
  }
  summary {
    display: flex;
    align-items: center;
    gap: var(--cv-space-2);
    inline-size: fit-content;
    min-block-size: var(--cv-target-small);
    border-radius: var(--cv-radius-sm);
    font-size: var(--cv-text-sm);
    font-weight: 550;
    color: var(--cv-accent-ink);
    list-style: none;
    cursor: pointer;
  }
  summary::-webkit-details-marker {
    display: none;
  }
  details[open] > summary svg.icon {
    transform: rotate(90deg);
  }
  .fields {
    display: grid;
    gap: var(--cv-space-3);
    padding-block-start: var(--cv-space-2);
  }
  .footer {
    display: grid;
    gap: var(--cv-space-3);
  }
  .review-row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--cv-space-2) var(--cv-space-4);
    min-block-size: 2.75rem;
  }
  .review {
    flex: 1 1 11rem;
    min-inline-size: 0;
    font-size: var(--cv-text-sm);
    line-height: 1.35;
  }
  .chosen {
    font-size: var(--cv-text-md);
    font-weight: 650;
  }
  .reason {
    color: var(--cv-ink-muted);
  }
  .chosen ~ .reason {
    color: var(--cv-danger);
  }
  .book {
    position: relative;
    min-inline-size: 6.5rem;
  }
  .actions {
    display: flex;
    gap: var(--cv-space-2);
  }
  .book .behind {
    opacity: 0;
  }
  .book .spinner {
    position: absolute;
  }
  .alternatives {
    display: flex;
    flex: 1 0 100%;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-2);
  }
  @media (max-width: 479px) {
    .offers {
      grid-template-columns: minmax(0, 1fr);
    }
    .offer,
    .offer-size {
      min-block-size: 3rem;
    }
    .offer {
      grid-template-columns: 1fr auto;
      align-items: center;
    }
    .offer-shift {
      grid-column: 1 / -1;
      justify-self: end;
    }
    .actions,
    .book {
      flex: 1 1 6.5rem;
    }
  }
  @media (forced-colors: active) {
    .offer.checked {
      border: 3px solid Highlight;
    }
  }
`;
