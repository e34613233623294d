/** Styles of `<booking-why-not>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: block;
    margin-block: calc(var(--cv-space-2) * -1);
    font-size: var(--cv-text-sm);
  }
  .ask {
    margin-inline-start: calc(var(--cv-space-3) * -1);
  }
  .panel {
    display: grid;
    gap: var(--cv-space-3);
    margin-block-start: var(--cv-space-1);
    padding: var(--cv-space-3);
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius);
    background: var(--cv-surface-sunken);
  }
  form {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-2);
  }
  form label {
    font-weight: 550;
  }
  .time {
    inline-size: auto;
    min-inline-size: 7.5rem;
    min-block-size: var(--cv-target-small);
    padding-block: 0;
    font-variant-numeric: tabular-nums;
  }
  h4 {
    margin: 0;
    font-size: var(--cv-text-md);
    font-weight: 650;
  }
  .result,
  .who {
    display: grid;
    gap: var(--cv-space-2);
  }
  .who,
  .who ul {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .who > li {
    display: grid;
    gap: 2px;
    padding-inline-start: var(--cv-space-3);
    border-inline-start: 3px solid var(--cv-line-strong);
  }
  .entry {
    color: var(--cv-ink-muted);
    overflow-wrap: anywhere;
  }
  .own {
    justify-self: start;
    margin-block-start: var(--cv-space-1);
  }
  .near {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-2);
  }
`;
