/** Styles of `<cv-menu>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: inline-block;
  }
  :host(:focus-visible) {
    outline: none;
  }
  .button {
    inline-size: 100%;
  }
  .button.icon-only {
    inline-size: var(--cv-target);
  }
  .button.icon-only.small {
    inline-size: var(--cv-target-small);
  }
  .button svg.icon {
    inline-size: 1em;
    block-size: 1em;
  }
  .button.icon-only svg.icon {
    inline-size: 1.25em;
    block-size: 1.25em;
  }
  .menu {
    position: fixed;
    inset: 0 auto auto 0;
    min-inline-size: 12rem;
    max-inline-size: calc(100vw - 1rem);
    max-block-size: calc(100dvh - 1rem);
    margin: 0;
    padding: var(--cv-space-1);
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius);
    background: var(--cv-surface-raised);
    color: var(--cv-ink);
    box-shadow: var(--cv-shadow-2);
    overflow-y: auto;
  }
  .item {
    appearance: none;
    display: flex;
    align-items: center;
    gap: var(--cv-space-3);
    inline-size: 100%;
    min-block-size: var(--cv-target);
    padding: var(--cv-space-1) var(--cv-space-3);
    border: 0;
    border-radius: var(--cv-radius-sm);
    background: transparent;
    color: var(--cv-ink);
    font: inherit;
    text-align: start;
    text-decoration: none;
    cursor: pointer;
  }
  .item:hover,
  .item:focus-visible {
    background: var(--cv-accent-soft);
  }
  .item:focus-visible {
    outline-offset: -2px;
  }
  .item.danger {
    color: var(--cv-danger);
  }
`;
