/** Styles of `<cv-zone-select>`. */
import { css } from "lit";

export const styles = css`
  .control {
    position: relative;
  }
  .control svg.icon {
    position: absolute;
    inset-block: 0;
    inset-inline-end: var(--cv-space-3);
    margin-block: auto;
    color: var(--cv-ink-muted);
    pointer-events: none;
  }
  .input {
    padding-inline-end: 2.25rem;
    text-overflow: ellipsis;
  }
  .list {
    position: fixed;
    inset: 0 auto auto 0;
    margin: 0;
    padding: var(--cv-space-1);
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius);
    background: var(--cv-surface-raised);
    color: var(--cv-ink);
    box-shadow: var(--cv-shadow-2);
    overflow-y: auto;
  }
  .list.above {
    inset-block: auto 100%;
  }
  .option {
    display: grid;
    grid-template-columns: minmax(0, auto) minmax(0, 1fr) auto;
    gap: var(--cv-space-2);
    align-items: center;
    min-block-size: var(--cv-target);
    padding-inline: var(--cv-space-3);
    border-radius: var(--cv-radius-sm);
    cursor: pointer;
    content-visibility: auto;
    contain-intrinsic-block-size: auto 2.5rem;
  }
  .option:hover {
    background: var(--cv-surface-sunken);
  }
  .option[aria-selected="true"] {
    background: var(--cv-accent-soft);
    outline: 2px solid transparent;
  }
  .city,
  .country {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .country {
    font-size: var(--cv-text-sm);
  }
  .offset {
    font-size: var(--cv-text-sm);
    color: var(--cv-ink-muted);
  }
  .none {
    padding: var(--cv-space-3);
    color: var(--cv-ink-muted);
  }
`;
