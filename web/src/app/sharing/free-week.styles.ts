/** Styles of `<connect-free-week>`: hours at the side and a column per day, or a list of days. */
import { css } from "lit";

export const styles = css`
  :host {
    display: block;
    min-inline-size: 0;
  }
  .week {
    display: grid;
    grid-template-columns: repeat(var(--rails), auto) repeat(var(--days), minmax(0, 1fr));
    position: relative;
  }
  .week.tall {
    max-block-size: 32rem;
    overflow-y: auto;
    overscroll-behavior: contain;
  }
  .tall .head {
    position: sticky;
    inset-block-start: 0;
    z-index: 3;
    background: var(--ground, var(--cv-surface));
  }
  .head {
    display: grid;
    place-content: center;
    block-size: 2rem;
    margin: 0;
    font-size: var(--cv-text-sm);
    font-weight: 600;
    white-space: nowrap;
  }
  .head.today {
    color: var(--cv-accent-ink);
  }
  .rail {
    color: var(--cv-ink-muted);
    font-size: var(--cv-text-xs);
  }
  .rail .head {
    place-content: center end;
    padding-inline-end: var(--cv-space-2);
    font-size: var(--cv-text-xs);
    max-inline-size: 5rem;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .marks {
    display: grid;
    grid-auto-rows: calc(var(--row) * 12);
    line-height: 1;
  }
  .marks span {
    padding-inline-end: var(--cv-space-2);
    text-align: end;
    white-space: nowrap;
    transform: translateY(-0.4em);
  }
  .marks span:first-child {
    transform: translateY(0.15em);
  }
  .track,
  .items {
    display: grid;
    grid-template: repeat(var(--rows), var(--row)) / minmax(0, 1fr);
  }
  /* What is not free is hatched, not merely grey: it is not a matter of colour alone. */
  .track {
    position: relative;
    border-inline-start: 1px solid var(--cv-line);
    border-block: 1px solid var(--cv-line);
    background:
      repeating-linear-gradient(
        -45deg,
        transparent 0 5px,
        light-dark(rgb(21 33 31 / 9%), rgb(232 239 237 / 9%)) 5px 7px
      ),
      var(--cv-surface-sunken);
  }
  .day:last-child .track {
    border-inline-end: 1px solid var(--cv-line);
  }
  .free {
    grid-row: var(--lines);
    grid-column: 1;
    background: var(--cv-accent-soft);
    border-inline-start: 3px solid var(--cv-accent);
  }
  .none {
    grid-area: 1 / 1 / -1 / -1;
    place-self: center;
    color: var(--cv-ink-muted);
  }
  .track::after {
    content: "";
    position: absolute;
    inset: 0;
    background: repeating-linear-gradient(
      to bottom,
      transparent 0 calc(var(--row) * 12 - 1px),
      var(--cv-line) calc(var(--row) * 12 - 1px) calc(var(--row) * 12)
    );
    pointer-events: none;
  }
  .items {
    position: absolute;
    inset: 0;
    z-index: 1;
  }
  .items li {
    grid-row: var(--lines);
    display: grid;
    padding: 1px 2px 1px 5px;
    padding-inline: 5px 2px;
  }
  .slot {
    appearance: none;
    display: flex;
    align-items: center;
    justify-content: center;
    gap: var(--cv-space-2);
    min-block-size: 24px;
    min-inline-size: 0;
    padding: 0 var(--cv-space-1);
    border: 1px solid var(--cv-line-strong);
    border-radius: var(--cv-radius-sm);
    background: var(--cv-surface-raised);
    color: var(--cv-ink);
    font: inherit;
    font-size: var(--cv-text-xs);
    font-variant-numeric: tabular-nums;
    line-height: 1;
    cursor: pointer;
  }
  .slot b {
    font-weight: 600;
  }
  .slot:hover {
    border-color: var(--cv-accent);
    background: var(--cv-accent);
    color: var(--cv-on-accent);
  }
  .slot:hover .second {
    color: inherit;
  }
  .slot:focus-visible {
    z-index: 2;
    outline-offset: 1px;
  }
  .list {
    display: grid;
    border-block-start: 1px solid var(--cv-line);
  }
  .line,
  details {
    border-block-end: 1px solid var(--cv-line);
  }
  .line,
  summary {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 0 var(--cv-space-3);
    min-block-size: var(--cv-target);
    padding-block: var(--cv-space-1);
    font-size: var(--cv-text-sm);
  }
  .line h4,
  summary span:first-child {
    font-size: var(--cv-text-sm);
    font-weight: 600;
  }
  summary {
    cursor: pointer;
    list-style: none;
  }
  summary::-webkit-details-marker {
    display: none;
  }
  summary::before {
    content: "";
    inline-size: 0.45rem;
    block-size: 0.45rem;
    margin-inline: 0.15rem 0;
    border-block-end: 2px solid currentColor;
    border-inline-end: 2px solid currentColor;
    rotate: -45deg;
  }
  :host(:dir(rtl)) summary::before {
    rotate: 45deg;
  }
  details[open] > summary::before {
    rotate: 45deg;
  }
  summary span:first-child {
    flex: 1;
  }
  .chips {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(6.25rem, 1fr));
    gap: var(--cv-space-2);
    padding-block: var(--cv-space-1) var(--cv-space-3);
  }
  .chips li {
    display: grid;
  }
  .chips .slot {
    min-block-size: var(--cv-target);
    font-size: var(--cv-text-md);
  }
  .second {
    font-size: var(--cv-text-xs);
    color: var(--cv-ink-muted);
  }
  @media (forced-colors: active) {
    .free {
      border-inline-start: 6px solid Highlight;
    }
    .slot {
      border-color: ButtonText;
    }
  }
`;
