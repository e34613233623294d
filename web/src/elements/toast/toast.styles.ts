/** Styles of `<cv-toast>`: inverted bars at the bottom start corner. */
import { css } from "lit";

export const styles = css`
  :host {
    position: fixed;
    inset: auto auto var(--cv-space-4) var(--cv-space-4);
    inset-inline: var(--cv-space-4) auto;
    z-index: 50;
    max-inline-size: calc(100vw - 2rem);
  }
  .stack {
    display: grid;
    gap: var(--cv-space-2);
  }
  .toast {
    display: flex;
    align-items: center;
    gap: var(--cv-space-3);
    max-inline-size: 30rem;
    padding: var(--cv-space-2) var(--cv-space-2) var(--cv-space-2) var(--cv-space-4);
    padding-inline: var(--cv-space-4) var(--cv-space-2);
    border: 1px solid transparent;
    border-radius: var(--cv-radius);
    background: light-dark(#1d2b28, #e8efed);
    color: light-dark(#f2f6f5, #15211f);
    box-shadow: var(--cv-shadow-2);
  }
  .text {
    flex: 1;
    min-inline-size: 0;
  }
  .button {
    border-color: transparent;
    background: transparent;
    color: inherit;
  }
  .button:hover {
    background: light-dark(#33443f, #cfdad6);
  }
  .action {
    color: light-dark(#8fe0cd, #0b564b);
    font-weight: 650;
  }
  .button:focus-visible {
    outline-color: currentColor;
  }
`;
