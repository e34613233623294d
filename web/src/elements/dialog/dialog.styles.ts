/** Styles of `<cv-dialog>`: centred panel, bottom sheet under 480 px, sticky header and footer. */
import { css } from "lit";

export const styles = css`
  :host {
    display: contents;
  }
  dialog {
    inline-size: min(35rem, calc(100vw - 2rem));
    max-inline-size: none;
    max-block-size: min(46rem, calc(100dvh - clamp(1rem, 8vh, 6rem) - 1.5rem));
    /* Fixed at the top, so that content that arrives later moves nothing that is already there. */
    margin: clamp(1rem, 8vh, 6rem) auto auto;
    padding: 0;
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius-lg);
    background: var(--cv-surface-raised);
    color: var(--cv-ink);
    box-shadow: var(--cv-shadow-3);
    overflow: hidden;
  }
  :host([size="small"]) dialog {
    inline-size: min(27rem, calc(100vw - 2rem));
  }
  :host([size="wide"]) dialog {
    inline-size: min(52rem, calc(100vw - 2rem));
  }
  dialog:focus-visible {
    outline: none;
  }
  dialog::backdrop {
    background: light-dark(rgb(12 24 21 / 45%), rgb(0 0 0 / 65%));
  }
  dialog[open] {
    display: flex;
  }
  .frame {
    display: flex;
    flex-direction: column;
    inline-size: 100%;
    min-block-size: 0;
  }
  header {
    display: flex;
    align-items: center;
    gap: var(--cv-space-3);
    padding: var(--cv-space-4) var(--cv-space-3) var(--cv-space-2) var(--cv-space-5);
    padding-inline: var(--cv-space-5) var(--cv-space-3);
  }
  h2 {
    flex: 1;
    min-inline-size: 0;
    font-size: var(--cv-text-lg);
    font-weight: 650;
    line-height: var(--cv-leading-tight);
    overflow-wrap: anywhere;
  }
  .close {
    color: var(--cv-ink-muted);
  }
  .body {
    flex: 1;
    min-block-size: 0;
    padding: var(--cv-space-1) var(--cv-space-5) var(--cv-space-4);
    overflow-y: auto;
    overscroll-behavior: contain;
    scroll-padding-block: var(--cv-space-4);
  }
  ::slotted([slot="footer"]) {
    padding: var(--cv-space-3) var(--cv-space-5);
    border-block-start: 1px solid var(--cv-line);
    background: var(--cv-surface-raised);
  }
  @media (max-width: 479px) {
    dialog,
    :host([size]) dialog {
      inline-size: 100vw;
      max-block-size: min(calc(100dvh - 1.5rem), 100dvh);
      margin-block: auto 0;
      border-inline: 0;
      border-block-end: 0;
      border-end-start-radius: 0;
      border-end-end-radius: 0;
    }
    header {
      padding-inline: var(--cv-space-4) var(--cv-space-2);
    }
    .body {
      padding-inline: var(--cv-space-4);
    }
    ::slotted([slot="footer"]) {
      padding: var(--cv-space-3) var(--cv-space-4) max(var(--cv-space-3), env(safe-area-inset-bottom));
    }
  }
  /* Low windows (200% zoom on a laptop): the whole frame scrolls instead of squeezing the body away. */
  @media (max-height: 420px) {
    .frame {
      overflow-y: auto;
    }
    .body {
      flex: none;
      overflow: visible;
    }
  }
  @media (prefers-reduced-motion: no-preference) {
    dialog[open] {
      animation: cv-enter var(--cv-duration) var(--cv-ease);
    }
    @keyframes cv-enter {
      from {
        opacity: 0;
        transform: translateY(8px);
      }
    }
  }
`;
