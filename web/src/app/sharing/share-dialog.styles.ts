/** Styles of `<connect-share-dialog>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: contents;
  }
  .content {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--cv-space-4);
  }
  .content > .muted,
  .behind,
  .ends,
  h3 .muted {
    font-size: var(--cv-text-sm);
  }
  .fields {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: var(--cv-space-3) var(--cv-space-4);
  }
  fieldset {
    margin: 0;
    padding: 0;
    border: 0;
  }
  legend {
    padding: 0;
    margin-block-end: var(--cv-space-1);
  }
  .days {
    display: flex;
    border: 1px solid var(--cv-line-strong);
    border-radius: var(--cv-radius);
    overflow: hidden;
  }
  .day {
    display: grid;
    cursor: pointer;
  }
  .day input {
    grid-area: 1 / 1;
    appearance: none;
    margin: 0;
    cursor: pointer;
  }
  .day span {
    grid-area: 1 / 1;
    display: grid;
    place-content: center;
    min-block-size: calc(var(--cv-target) - 2px);
    padding-inline: var(--cv-space-4);
    font-size: var(--cv-text-md);
    pointer-events: none;
  }
  .day + .day span {
    border-inline-start: 1px solid var(--cv-line-strong);
  }
  .day input:checked + span {
    background: var(--cv-accent);
    color: var(--cv-on-accent);
    font-weight: 600;
  }
  .day input:focus-visible + span {
    outline: 2px solid var(--cv-focus);
    outline-offset: -4px;
  }
  .fields .input {
    inline-size: auto;
  }
  .check {
    min-block-size: var(--cv-target);
  }
  .preview {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--cv-space-2);
  }
  h3 {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    align-items: baseline;
    gap: 0 var(--cv-space-3);
    font-size: var(--cv-text-md);
    font-weight: 650;
  }
  h3 .muted {
    font-weight: 400;
  }
  .preview > .skeleton {
    block-size: 15rem;
  }
  connect-free-week {
    --ground: var(--cv-surface-raised);
  }
  .empty {
    display: grid;
    justify-items: center;
    gap: var(--cv-space-3);
    padding: var(--cv-space-6) var(--cv-space-4);
    border: 1px dashed var(--cv-line-strong);
    border-radius: var(--cv-radius);
    text-align: center;
  }
  .empty > svg.icon {
    inline-size: 1.75rem;
    block-size: 1.75rem;
    color: var(--cv-ink-muted);
  }
  .exits {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: var(--cv-space-2);
  }
  .behind {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-1) var(--cv-space-3);
    padding: var(--cv-space-2) var(--cv-space-3);
    border-radius: var(--cv-radius);
    background: var(--cv-surface-sunken);
  }
  .behind span {
    flex: 1 1 14rem;
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
  .footer {
    display: grid;
    gap: var(--cv-space-3);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: flex-end;
    gap: var(--cv-space-2);
  }
  .ends {
    flex: 1 1 12rem;
  }
  @media (max-width: 479px) {
    .row .button {
      flex: 1;
    }
    .ends {
      flex-basis: 100%;
    }
    .days {
      inline-size: 100%;
    }
    fieldset,
    .day,
    .fields .field {
      flex: 1 1 auto;
    }
    .fields .input {
      inline-size: 100%;
    }
  }
  @media (forced-colors: active) {
    .day input:checked + span {
      border: 3px solid Highlight;
    }
  }
`;
