/** Styles of `<cv-holiday-import>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: block;
    container-type: inline-size;
  }
  .import {
    display: grid;
    gap: var(--cv-space-3);
    padding: var(--cv-space-4);
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius);
    background: var(--cv-surface-sunken);
  }
  .import-fields {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(10rem, 100%), 1fr));
    gap: var(--cv-space-3);
  }
  .field > span {
    font-size: var(--cv-text-sm);
    font-weight: 550;
  }
  .field,
  .input {
    min-inline-size: 0;
  }
  .import-days {
    display: grid;
    gap: 0 var(--cv-space-4);
    max-block-size: 20rem;
    margin: 0;
    padding: 0;
    overflow-y: auto;
    list-style: none;
  }
  .import-days .check {
    min-block-size: var(--cv-target);
  }
  .import-days input {
    flex: none;
    inline-size: 1.5rem;
    block-size: 1.5rem;
  }
  .import-days .check > span {
    display: flex;
    flex-wrap: wrap;
    gap: 0 var(--cv-space-2);
  }
  .import-day {
    min-inline-size: 6rem;
    font-variant-numeric: tabular-nums;
    color: var(--cv-ink-muted);
  }
  .import-actions {
    display: flex;
    flex-wrap: wrap;
    justify-content: end;
    gap: var(--cv-space-2);
  }
  @container (min-width: 40rem) {
    .import-days {
      grid-template-columns: 1fr 1fr;
    }
  }
`;
