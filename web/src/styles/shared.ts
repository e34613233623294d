/**
 * Stylesheets that elements adopt: tokens, reset, buttons, fields, messages, avatar, skeleton.
 * Each is parsed once and shared by every shadow root (constructable stylesheets through Lit's `css`).
 */
import { css } from "lit";

export { base, tokens } from "./base.ts";
export { button } from "./button.ts";

/** `.field` (label above control), `.input` for input, textarea and select, `.hint`, `.field-error`. */
export const field = css`
  .field {
    display: grid;
    gap: var(--cv-space-1);
  }
  .field > label,
  .label {
    font-size: var(--cv-text-sm);
    font-weight: 550;
    color: var(--cv-ink);
  }
  .input {
    appearance: none;
    inline-size: 100%;
    min-block-size: var(--cv-target);
    padding: var(--cv-space-2) var(--cv-space-3);
    border: 1px solid var(--cv-line-strong);
    border-radius: var(--cv-radius);
    background: var(--cv-surface);
    color: var(--cv-ink);
    font: 400 max(16px, var(--cv-text-md)) / var(--cv-leading-tight) var(--cv-font);
  }
  @media (min-width: 480px) {
    .input {
      font-size: var(--cv-text-md);
    }
  }
  textarea.input {
    min-block-size: 4.5rem;
    line-height: var(--cv-leading);
    resize: vertical;
  }
  select.input {
    padding-inline-end: 2rem;
    background-image:
      linear-gradient(45deg, transparent 50%, currentColor 50%),
      linear-gradient(-45deg, transparent 50%, currentColor 50%);
    background-position:
      right 1.05rem center,
      right 0.75rem center;
    background-size: 0.3rem 0.3rem;
    background-repeat: no-repeat;
    cursor: pointer;
  }
  :host(:dir(rtl)) select.input {
    background-position:
      left 0.75rem center,
      left 1.05rem center;
  }
  .input::placeholder {
    color: var(--cv-ink-muted);
    opacity: 1;
  }
  .input:focus-visible {
    outline-offset: 0;
    border-color: var(--cv-focus);
  }
  .input[aria-invalid="true"] {
    border-color: var(--cv-danger);
  }
  .input:disabled {
    background: var(--cv-surface-sunken);
    color: var(--cv-ink-muted);
  }
  .hint {
    font-size: var(--cv-text-sm);
    color: var(--cv-ink-muted);
  }
  .field-error {
    display: flex;
    gap: var(--cv-space-1);
    align-items: start;
    font-size: var(--cv-text-sm);
    color: var(--cv-danger);
  }
  .check {
    display: inline-flex;
    align-items: center;
    gap: var(--cv-space-2);
    min-block-size: var(--cv-target-small);
    cursor: pointer;
  }
  .check input {
    inline-size: 1.15rem;
    block-size: 1.15rem;
    margin: 0;
    accent-color: var(--cv-accent);
  }
`;

/** `.notice` with `.warning`, `.danger`, `.info`: an icon, words, and room for a button. */
export const notice = css`
  .notice {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-2) var(--cv-space-3);
    padding: var(--cv-space-2) var(--cv-space-3);
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius);
    background: var(--cv-surface-sunken);
    font-size: var(--cv-text-sm);
  }
  .notice > .notice-text {
    flex: 1 1 10rem;
    min-inline-size: 0;
  }
  .notice.warning {
    border-color: transparent;
    background: var(--cv-warning-soft);
  }
  .notice.warning > svg.icon {
    color: var(--cv-warning);
  }
  .notice.danger {
    border-color: transparent;
    background: var(--cv-danger-soft);
  }
  .notice.danger > svg.icon {
    color: var(--cv-danger);
  }
  @media (forced-colors: active) {
    .notice {
      border-color: CanvasText !important;
    }
  }
`;

/**
 * `.skeleton`: a block of the final size; `.pulse`: what holds some of them, with a slow shimmer unless motion is reduced.
 * One animation for all of them: each costs a layer of its own, in the very frame that must come at once.
 */
export const skeleton = css`
  .skeleton {
    display: block;
    border-radius: var(--cv-radius);
    background: var(--cv-surface-sunken);
  }
  @media (prefers-reduced-motion: no-preference) {
    .pulse {
      animation: cv-pulse 1.4s ease-in-out infinite;
    }
  }
  @keyframes cv-pulse {
    50% {
      opacity: 0.55;
    }
  }
  @media (forced-colors: active) {
    .skeleton {
      border: 1px solid GrayText;
    }
  }
`;

/** `.avatar` (initials); set `--cv-avatar-hue` from `avatarHue()` on it with `cssProperty`. */
export const avatar = css`
  .avatar {
    display: inline-grid;
    place-items: center;
    flex: none;
    inline-size: var(--cv-avatar-size, 2rem);
    block-size: var(--cv-avatar-size, 2rem);
    border-radius: 50%;
    background: light-dark(hsl(var(--cv-avatar-hue, 168) 35% 88%), hsl(var(--cv-avatar-hue, 168) 28% 26%));
    color: light-dark(hsl(var(--cv-avatar-hue, 168) 55% 22%), hsl(var(--cv-avatar-hue, 168) 55% 86%));
    font-size: calc(var(--cv-avatar-size, 2rem) * 0.38);
    font-weight: 600;
    letter-spacing: 0.02em;
    line-height: 1;
    user-select: none;
  }
`;

/** `.chip`: a small word with an icon, for states. */
export const chip = css`
  .chip {
    display: inline-flex;
    align-items: center;
    gap: 0.3em;
    padding: 0.15em 0.6em;
    border-radius: var(--cv-radius-full);
    background: var(--cv-surface-sunken);
    color: var(--cv-ink-muted);
    font-size: var(--cv-text-xs);
    font-weight: 600;
    white-space: nowrap;
  }
  .chip.ok {
    background: var(--cv-accent-soft);
    color: var(--cv-accent-ink);
  }
  .chip.warning {
    background: var(--cv-warning-soft);
    color: var(--cv-warning);
  }
  .chip.danger {
    background: var(--cv-danger-soft);
    color: var(--cv-danger);
  }
  @media (forced-colors: active) {
    .chip {
      border: 1px solid CanvasText;
    }
  }
`;
