/** Styles of `<convene-week-overlay>`: what both forms share, and the lists of days for narrow screens. */
import { css } from "lit";

export const styles = css`
  :host {
    display: contents;
    --hatch: repeating-linear-gradient(
      135deg,
      var(--cv-accent) 0 1.5px,
      transparent 1.5px 7px
    );
    --unknown: repeating-linear-gradient(
      45deg,
      var(--cv-line-strong) 0 1px,
      transparent 1px 10px
    );
    --grey: light-dark(#ccd5d2, #465652);
  }
  .overlay {
    container-type: inline-size;
    display: grid;
    gap: var(--cv-space-3);
  }
  .bar {
    display: flex;
    align-items: center;
    gap: var(--cv-space-1);
  }
  .bar .button[aria-disabled="true"] {
    border-color: transparent;
    background: none;
    opacity: 0.45;
    cursor: default;
  }
  .bar h3 {
    flex: 1;
    font-size: var(--cv-text-md);
    font-weight: 600;
    text-align: center;
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: var(--cv-space-1) var(--cv-space-4);
    font-size: var(--cv-text-xs);
    color: var(--cv-ink-muted);
  }
  .legend li {
    display: flex;
    align-items: center;
    gap: var(--cv-space-2);
  }
  .swatch {
    inline-size: 1.5rem;
    block-size: 1rem;
    border: 1px solid var(--cv-line-strong);
    border-radius: 4px;
  }
  .swatch.bookable {
    border-color: var(--cv-accent);
    background: var(--cv-surface);
  }
  .mine {
    border-color: var(--cv-accent);
    background: var(--hatch), var(--cv-accent-soft);
  }
  .theirs {
    border-color: var(--cv-line-strong);
    background: var(--grey);
  }
  .swatch.shut,
  .closed {
    background: var(--cv-surface-sunken);
  }
  .swatch.not-known,
  .unknown {
    background: var(--unknown), var(--cv-surface-sunken);
  }
  .in-grid,
  .rail {
    display: none !important;
  }

  .week {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--cv-space-4);
  }
  .day.past {
    display: none;
  }
  .day .head {
    margin-block-end: var(--cv-space-2);
    font-size: var(--cv-text-sm);
    font-weight: 650;
  }
  .closed {
    display: none;
  }
  .track > .skeleton {
    block-size: 5.5rem;
  }
  .items {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    gap: var(--cv-space-2);
  }
  .busy,
  .nothing,
  .unknown {
    grid-column: 1 / -1;
    padding: var(--cv-space-1) var(--cv-space-2);
    font-size: var(--cv-text-sm);
  }
  .busy {
    position: relative;
    padding-inline-start: 2.5rem;
    border: 0;
    background: none;
  }
  .busy::before {
    content: "";
    position: absolute;
    inset-block: 0.35rem;
    inset-inline-start: 0.25rem;
    inline-size: 1.5rem;
    border: 1px solid var(--cv-line-strong);
    border-radius: 4px;
  }
  .busy.mine::before {
    border-color: var(--cv-accent);
    background: var(--hatch), var(--cv-accent-soft);
  }
  .busy.theirs::before {
    background: var(--grey);
  }
  .busy.tentative::before {
    border-style: dashed;
    opacity: 0.7;
  }
  .busy .short {
    display: none;
  }
  .nothing {
    color: var(--cv-ink-muted);
  }
  .unknown {
    margin-block-end: var(--cv-space-2);
    border: 1px dashed var(--cv-line-strong);
    border-radius: var(--cv-radius-sm);
  }
  .unknown span {
    padding: 0 0.3em;
    border-radius: 4px;
    background: var(--cv-surface-raised);
  }
  .slot {
    appearance: none;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: center;
    column-gap: var(--cv-space-2);
    inline-size: 100%;
    min-block-size: 2.75rem;
    padding: 0 var(--cv-space-2);
    border: 1px solid var(--cv-accent);
    border-radius: var(--cv-radius-sm);
    background: var(--cv-surface);
    color: var(--cv-ink);
    font: inherit;
    font-size: var(--cv-text-sm);
    font-variant-numeric: tabular-nums;
    line-height: 1.15;
    cursor: pointer;
    scroll-margin-block: 4rem;
    transition: background-color var(--cv-duration) var(--cv-ease);
  }
  .slot b {
    font-weight: 600;
  }
  .slot .second {
    font-size: var(--cv-text-xs);
    color: var(--cv-ink-muted);
  }
  .slot:hover {
    background: var(--cv-accent-soft);
  }
  .outside-hours {
    border-style: dashed;
  }
  .slot.chosen,
  .slot.chosen:hover {
    background: var(--cv-accent);
    color: var(--cv-on-accent);
  }
  .slot.chosen .second {
    color: inherit;
  }
  .slot.current {
    border: 1px dashed var(--cv-line-strong);
    background: var(--cv-surface-sunken);
    color: var(--cv-ink-muted);
    cursor: default;
  }

  .footer {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--cv-space-4);
  }
  .review {
    min-inline-size: 0;
    font-size: var(--cv-text-sm);
    line-height: 1.35;
  }
  .what {
    font-size: var(--cv-text-md);
    font-weight: 650;
  }
  @media (forced-colors: active) {
    .busy.mine,
    .busy.theirs,
    .swatch {
      forced-color-adjust: none;
      border: 1px solid CanvasText;
    }
    .slot.chosen {
      border: 3px solid Highlight;
    }
  }
`;
