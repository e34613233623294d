/** Styles of `<convene-week-overlay>` where there is room: a column per day, hours at the side. */
import { css } from "lit";

export const gridStyles = css`
  @container (min-width: 40rem) {
    .in-list {
      display: none !important;
    }
    span.in-grid {
      display: inline !important;
    }
    li.in-grid,
    .rail {
      display: flex !important;
    }
    .week {
      grid-template-columns: repeat(var(--rails), auto) repeat(7, minmax(0, 1fr));
      gap: 0;
      padding-block-end: 1px;
    }
    .head,
    .day .head {
      display: flex;
      flex-direction: column;
      align-items: center;
      justify-content: end;
      block-size: 2.5rem;
      margin: 0;
      padding-block-end: var(--cv-space-1);
      font-size: var(--cv-text-sm);
      line-height: 1.2;
      white-space: nowrap;
    }
    .day .head,
    .rail .head {
      position: sticky;
      /* The scrolling body's own padding would let a strip of the week show above. */
      inset-block-start: calc(-1 * var(--cv-space-1));
      z-index: 3;
      background: var(--cv-surface-raised);
    }
    .head.today {
      color: var(--cv-accent-ink);
    }
    .rail {
      flex-direction: column;
      color: var(--cv-ink-muted);
    }
    .rail .head {
      align-items: end;
      padding-inline-end: var(--cv-space-2);
      font-size: var(--cv-text-xs);
    }
    .rail .head b {
      color: var(--cv-ink);
    }
    .marks {
      display: grid;
      grid-auto-rows: calc(var(--row) * 12);
      font-size: var(--cv-text-xs);
      line-height: 1;
    }
    .marks span {
      padding-inline: var(--cv-space-1) var(--cv-space-2);
      text-align: end;
      transform: translateY(-0.4em);
      white-space: nowrap;
    }
    .marks span:first-child {
      transform: translateY(0.15em);
    }
    .day.past {
      display: block;
    }
    .day.past .head {
      color: var(--cv-ink-muted);
    }
    .track,
    .items {
      display: grid;
      grid-template-columns: repeat(2, minmax(0, 1fr));
      grid-template-rows: repeat(var(--rows), var(--row));
      gap: 0;
    }
    .track {
      position: relative;
      border-inline-start: 1px solid var(--cv-line);
      border-block: 1px solid var(--cv-line);
      background: var(--cv-surface-raised);
    }
    .day:last-child .track {
      border-inline-end: 1px solid var(--cv-line);
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
    .track > .skeleton {
      grid-area: 1 / 1 / -1 / -1;
      block-size: auto;
      margin: 4px;
    }
    .closed {
      display: block;
      grid-row: var(--lines);
      grid-column: 1 / -1;
    }
    .items {
      position: absolute;
      inset: 0;
      z-index: 1;
    }
    .outside {
      display: none;
    }
    .busy {
      grid-row: var(--lines);
      margin: 1px;
      padding: 2px 1px;
      border: 1px solid var(--cv-line-strong);
      border-radius: 4px;
      font-size: var(--cv-text-xs);
      line-height: 1.2;
      overflow: hidden;
    }
    .busy::before {
      display: none;
    }
    .busy.mine {
      grid-column: 1;
      border-color: var(--cv-accent);
      background: var(--hatch), var(--cv-accent-soft);
    }
    .busy.theirs {
      grid-column: 2;
      background: var(--grey);
    }
    .busy.tentative {
      border-style: dashed;
      background-color: transparent;
    }
    .busy .short {
      display: inline-block;
      max-inline-size: 100%;
      padding: 0 2px;
      border-radius: 3px;
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .busy.mine .short {
      background: var(--cv-surface-raised);
    }
    .busy.tiny .short {
      display: none;
    }
    .busy .full,
    .nothing {
      position: absolute;
      inline-size: 1px;
      block-size: 1px;
      padding: 0;
      overflow: hidden;
      clip-path: inset(50%);
      white-space: nowrap;
    }
    .unknown {
      grid-row: 1 / -1;
      margin: 1px;
      padding: 2px 0;
      font-size: var(--cv-text-xs);
      overflow: hidden;
    }
    .unknown span {
      display: block;
      padding: 0 1px;
      line-height: 1.2;
    }
    .unknown.mine-lane {
      grid-column: 1;
    }
    .unknown.theirs-lane {
      grid-column: 2;
    }
    .offer {
      position: relative;
      grid-row: var(--lines);
      grid-column: 1 / -1;
      padding: 1px;
    }
    .slot {
      position: relative;
      block-size: 100%;
      min-block-size: 1.5rem;
      padding: 0 2px;
      border-radius: 4px;
    }
    .slot:focus-visible {
      z-index: 2;
      outline-offset: 1px;
    }
    /* How long the chosen meeting lasts, over the starts that lie inside it. */
    .slot.chosen::after {
      content: "";
      position: absolute;
      inset-block-start: -1px;
      inset-inline: -1px;
      block-size: calc(var(--length) * var(--row) - 2px);
      border: 2px solid var(--cv-accent);
      border-radius: 4px;
      pointer-events: none;
    }
    .offer:has(.chosen) {
      z-index: 1;
    }
  }
`;
