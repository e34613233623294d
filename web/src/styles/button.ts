/** The look of buttons, apart from the other sheets because the schedule button is loaded before them. */
import { css } from "lit";

/** `.button` with `.primary`, `.danger`, `.quiet`, `.small`, `.icon-only`; busy by `aria-busy`. */
export const button = css`
  .button {
    appearance: none;
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--cv-space-2);
    min-block-size: var(--cv-target);
    padding: var(--cv-space-1) var(--cv-space-4);
    border: 1px solid var(--cv-line-strong);
    border-radius: var(--cv-radius);
    background: var(--cv-surface);
    color: var(--cv-ink);
    font: 550 var(--cv-text-md) / var(--cv-leading-tight) var(--cv-font);
    text-align: center;
    text-decoration: none;
    cursor: pointer;
    transition:
      background-color var(--cv-duration) var(--cv-ease),
      border-color var(--cv-duration) var(--cv-ease);
  }
  .button:hover {
    background: var(--cv-surface-sunken);
  }
  .button.primary {
    border-color: transparent;
    background: var(--cv-accent);
    color: var(--cv-on-accent);
  }
  .button.primary:hover {
    background: var(--cv-accent-hover);
  }
  .button.danger {
    border-color: transparent;
    background: var(--cv-danger);
    color: var(--cv-on-danger);
  }
  .button.quiet {
    border-color: transparent;
    background: transparent;
    color: var(--cv-accent-ink);
  }
  .button.quiet:hover {
    background: var(--cv-accent-soft);
  }
  .button.small {
    min-block-size: var(--cv-target-small);
    padding-inline: var(--cv-space-3);
    font-size: var(--cv-text-sm);
  }
  .button.icon-only {
    inline-size: var(--cv-target);
    padding: 0;
  }
  .button.icon-only.small {
    inline-size: var(--cv-target-small);
  }
  .button:is([disabled], [aria-disabled="true"]),
  .button:is([disabled], [aria-disabled="true"]):is(.primary, .danger, :hover) {
    cursor: not-allowed;
    background: var(--cv-surface-sunken);
    border-color: var(--cv-line);
    color: var(--cv-ink-muted);
  }
  .button[aria-busy="true"] {
    cursor: progress;
  }
  .spinner {
    inline-size: 1em;
    block-size: 1em;
    border: 2px solid currentColor;
    border-inline-end-color: transparent;
    border-radius: 50%;
  }
  @media (prefers-reduced-motion: no-preference) {
    .spinner {
      animation: cv-spin 0.8s linear infinite;
    }
  }
  @keyframes cv-spin {
    to {
      transform: rotate(1turn);
    }
  }
  @media (forced-colors: active) {
    .button {
      border-color: ButtonText;
    }
    .button.primary,
    .button.danger {
      background: Highlight;
      color: HighlightText;
      forced-color-adjust: none;
    }
    .button[disabled],
    .button[aria-disabled="true"] {
      background: Canvas;
      border-color: GrayText;
      color: GrayText;
    }
  }
`;
