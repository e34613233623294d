/** Styles of `<convene-availability-editor>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: grid;
    gap: var(--cv-space-6);
    container-type: inline-size;
  }
  .part {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--cv-space-3);
  }
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    justify-content: space-between;
    gap: var(--cv-space-2) var(--cv-space-4);
  }
  h2 {
    font-size: var(--cv-text-lg);
    font-weight: 650;
  }
  cv-zone-select {
    flex: 0 1 17rem;
  }
  .columns {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--cv-space-5);
  }
  .rows {
    border-block-start: 1px solid var(--cv-line);
  }
  .row {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: var(--cv-space-1) var(--cv-space-3);
    align-items: start;
    padding-block: var(--cv-space-2);
    border-block-end: 1px solid var(--cv-line);
  }
  .row-actions {
    display: flex;
    grid-area: 1 / 2;
    align-items: center;
    min-block-size: var(--cv-target);
    gap: var(--cv-space-1);
  }
  .day-check {
    font-weight: 550;
    min-block-size: var(--cv-target);
  }
  .periods {
    display: grid;
    grid-column: 1 / -1;
    gap: var(--cv-space-2);
  }
  .off {
    display: flex;
    align-items: center;
    min-block-size: var(--cv-target);
  }
  .period {
    display: grid;
    grid-template-columns: minmax(0, 8rem) auto minmax(0, 8rem) auto;
    align-items: center;
    justify-content: start;
    gap: var(--cv-space-1) var(--cv-space-2);
  }
  .time-input {
    min-inline-size: 0;
    padding-inline: var(--cv-space-2);
    font-variant-numeric: tabular-nums;
  }
  .period .field-error {
    grid-column: 1 / -1;
    flex-wrap: wrap;
    align-items: center;
  }
  @container (max-width: 22rem) {
    /* Room for the digits; the field opens its picker all the same. */
    .period {
      column-gap: var(--cv-space-1);
    }
    .time-input {
      padding-inline: var(--cv-space-1);
      text-align: center;
    }
    .time-input::-webkit-calendar-picker-indicator {
      display: none;
    }
  }
  .header-actions {
    display: flex;
    flex-wrap: wrap;
    gap: var(--cv-space-2);
  }
  .holiday {
    margin-block-start: var(--cv-space-1);
    color: var(--cv-ink-muted);
    font-size: var(--cv-text-sm);
  }
  .stretch {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: var(--cv-space-2) var(--cv-space-3);
    padding-block: var(--cv-space-3);
    border-block-end: 1px solid var(--cv-line);
  }
  .stretch-fields {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(10rem, 100%), 1fr));
    gap: var(--cv-space-2) var(--cv-space-3);
    align-items: end;
  }
  .stretch-fields .field > span {
    font-size: var(--cv-text-sm);
    font-weight: 550;
  }
  .stretch-fields .check {
    min-block-size: var(--cv-target);
  }
  .stretch-fields .check input {
    inline-size: 1.5rem;
    block-size: 1.5rem;
  }
  .stretch-fields .wide {
    grid-column: span 2;
  }
  .stretch .field-error {
    grid-column: 1 / -1;
  }
  .stretch > .button {
    align-self: start;
  }
  .offers {
    display: flex;
    flex-wrap: wrap;
    gap: var(--cv-space-2);
    padding: 0;
    list-style: none;
  }
  .offers li {
    padding: var(--cv-space-1) var(--cv-space-3);
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius);
    background: var(--cv-surface);
    font-variant-numeric: tabular-nums;
  }
  @container (max-width: 26rem) {
    .stretch-fields .wide {
      grid-column: auto;
    }
  }
  .remove {
    color: var(--cv-ink-muted);
  }
  .picture {
    display: none;
  }
  .rules {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr));
    gap: var(--cv-space-4);
  }
  .with-unit {
    display: flex;
    align-items: center;
    gap: var(--cv-space-2);
  }
  .buffers {
    display: flex;
    max-inline-size: 26rem;
    min-block-size: 2.5rem;
    border-radius: var(--cv-radius);
    overflow: hidden;
    font-size: var(--cv-text-xs);
  }
  .buffers span {
    display: grid;
    flex-basis: 0;
    min-inline-size: fit-content;
    place-items: center;
    padding-inline: var(--cv-space-2);
    white-space: nowrap;
  }
  .buffers .meeting {
    background: var(--cv-accent);
    color: var(--cv-on-accent);
    font-weight: 600;
  }
  .buffers .buffer {
    border: 1px dashed var(--cv-line-strong);
    background: var(--cv-surface-sunken);
    color: var(--cv-ink);
  }
  .bar {
    position: sticky;
    inset-block-end: var(--cv-space-3);
    z-index: 2;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-2);
    padding: var(--cv-space-2) var(--cv-space-2) var(--cv-space-2) var(--cv-space-4);
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius);
    background: var(--cv-surface-raised);
    box-shadow: var(--cv-shadow-2);
  }
  .bar-text {
    flex: 1 1 10rem;
    font-weight: 550;
  }
  .row-size {
    block-size: 2.75rem;
    margin-block-end: var(--cv-space-2);
  }
  @container (min-width: 34rem) {
    .row {
      grid-template-columns: 9.5rem minmax(0, 1fr) auto;
    }
    .periods {
      grid-column: 2;
      grid-row: 1;
    }
    .row-actions {
      grid-area: 1 / 3;
    }
  }
  @container (min-width: 50rem) {
    .columns {
      grid-template-columns: minmax(0, 1fr) 17rem;
    }
    .picture {
      position: relative;
      display: grid;
      grid-template-columns: 1.4rem repeat(7, 1fr);
      gap: 4px;
      align-self: start;
      block-size: 21rem;
      padding: var(--cv-space-3);
      border: 1px solid var(--cv-line);
      border-radius: var(--cv-radius);
      background: var(--cv-surface);
      font-size: var(--cv-text-xs);
      color: var(--cv-ink-muted);
    }
    .picture-hours {
      position: relative;
      margin-block-end: 1.4rem;
    }
    .picture-hours span {
      position: absolute;
      translate: 0 -50%;
      font-variant-numeric: tabular-nums;
    }
    .picture-day {
      display: grid;
      grid-template-rows: 1fr 1.4rem;
      justify-items: center;
      align-items: end;
    }
    .picture-column {
      position: relative;
      block-size: 100%;
      inline-size: 100%;
      border-radius: 4px;
      background: repeating-linear-gradient(
        135deg,
        var(--cv-surface-sunken) 0 4px,
        var(--cv-surface) 4px 8px
      );
    }
    .picture-column i {
      position: absolute;
      inset-inline: 0;
      border-radius: 4px;
      background: var(--cv-accent);
    }
  }
  @media (forced-colors: active) {
    .buffers .meeting,
    .picture-column i {
      background: Highlight;
      color: HighlightText;
      forced-color-adjust: none;
    }
  }
`;
