/** Styles of `<connect-messages>`. */
import { css } from "lit";

export const styles = css`
  :host {
    position: relative;
    display: flex;
    flex-direction: column;
    flex: 1;
    min-block-size: 0;
  }
  .scroll {
    flex: 1;
    min-block-size: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: var(--cv-space-4) var(--cv-space-5) var(--cv-space-3);
  }
  .scroll:focus-visible {
    outline-offset: -3px;
  }
  .inner {
    display: flex;
    flex-direction: column;
    justify-content: flex-end;
    min-block-size: 100%;
    max-inline-size: 52rem;
  }
  .divider {
    display: flex;
    align-items: center;
    gap: var(--cv-space-3);
    margin-block: var(--cv-space-4) var(--cv-space-2);
    font-size: var(--cv-text-sm);
    font-weight: 550;
    color: var(--cv-ink-muted);
  }
  .divider::before,
  .divider::after {
    content: "";
    flex: 1;
    border-block-start: 1px solid var(--cv-line);
  }
  .divider.new {
    color: var(--cv-danger);
  }
  .divider.new::before,
  .divider.new::after {
    border-color: currentColor;
  }
  article {
    position: relative;
    display: grid;
    grid-template-columns: 2.25rem minmax(0, 1fr);
    gap: 0 var(--cv-space-3);
    padding: 0.15rem var(--cv-space-2);
    margin-inline: calc(-1 * var(--cv-space-2));
    border-radius: var(--cv-radius-sm);
  }
  /* What is out of view is neither laid out nor restyled (opening a dialog restyles the whole page behind it). Its height
     is guessed until it comes near, so only browsers that hold what is being read in its place may do this. */
  @supports (overflow-anchor: auto) {
    article[data-id] {
      content-visibility: auto;
      contain-intrinsic-block-size: auto 3rem;
      /* The tools stand out above their message. */
      overflow-clip-margin: 1rem;
    }
  }
  article.first {
    margin-block-start: var(--cv-space-3);
  }
  article:hover,
  article:focus-within {
    background: light-dark(rgb(15 40 35 / 3.5%), rgb(220 255 245 / 4%));
  }
  article.target {
    background: var(--cv-warning-soft);
  }
  article:focus-visible {
    outline-offset: 0;
  }
  article > .avatar {
    --cv-avatar-size: 2.25rem;
    grid-row: span 2;
    margin-block-start: 0.1rem;
  }
  .body {
    grid-column: 2;
    min-inline-size: 0;
  }
  .byline {
    grid-column: 2;
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 0 var(--cv-space-2);
  }
  .author {
    appearance: none;
    min-block-size: 1.5rem;
    padding: 0;
    border: 0;
    background: none;
    color: var(--cv-ink);
    font: 650 var(--cv-text-md) / 1.4 var(--cv-font);
    cursor: pointer;
  }
  .author:hover {
    text-decoration: underline;
  }
  .at {
    font-size: var(--cv-text-xs);
    color: var(--cv-ink-muted);
    font-variant-numeric: tabular-nums;
  }
  article:not(.first) > .at {
    align-self: center;
    justify-self: end;
    opacity: 0;
  }
  article:not(.first):is(:hover, :focus-within) > .at {
    opacity: 1;
  }
  .text {
    text-align: -webkit-match-parent;
    text-align: match-parent;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  article.line {
    align-items: start;
    margin-block: var(--cv-space-2);
    font-size: var(--cv-text-sm);
    color: var(--cv-ink-muted);
  }
  article.line > svg.icon {
    justify-self: center;
    margin-block-start: 0.1rem;
  }
  .deleted {
    color: var(--cv-ink-muted);
    font-style: italic;
  }
  .edited {
    font-size: var(--cv-text-xs);
    color: var(--cv-ink-muted);
  }
  .pending .text {
    color: var(--cv-ink-muted);
  }
  .failed {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-1) var(--cv-space-2);
    font-size: var(--cv-text-sm);
    color: var(--cv-danger);
  }
  .tools {
    position: absolute;
    inset-block-start: -0.75rem;
    inset-inline-end: var(--cv-space-2);
    /* Out of the tab order too, until its message is reached by pointer or arrow keys; and nothing to style till then. */
    display: none;
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius-sm);
    background: var(--cv-surface-raised);
    box-shadow: var(--cv-shadow-1);
  }
  article:is(:hover, :focus-within) .tools {
    display: flex;
  }
  .tools .button {
    color: var(--cv-ink-muted);
  }
  @media (hover: none) {
    .tools {
      position: static;
      grid-column: 2;
      justify-self: start;
      display: flex;
      border: 0;
      box-shadow: none;
      background: none;
    }
  }
  .card {
    max-inline-size: 34rem;
    margin-block: var(--cv-space-1) var(--cv-space-2);
  }
  .edit {
    display: grid;
    gap: var(--cv-space-2);
    padding-block: var(--cv-space-1);
  }
  .edit .actions {
    display: flex;
    gap: var(--cv-space-2);
  }
  /* As high with the button as without: at the very top nothing could make up for the difference. */
  .older {
    display: grid;
    place-items: center;
    min-block-size: calc(var(--cv-target-small) + 2 * var(--cv-space-2));
    padding-block: var(--cv-space-2);
  }
  .beginning {
    padding-block: var(--cv-space-6) var(--cv-space-2);
  }
  .beginning h2 {
    font-size: var(--cv-text-xl);
    letter-spacing: -0.015em;
  }
  .jump {
    position: absolute;
    inset-block-end: var(--cv-space-3);
    inset-inline: 0;
    margin-inline: auto;
    inline-size: max-content;
    box-shadow: var(--cv-shadow-2);
  }
  .skeletons {
    max-inline-size: 34rem;
  }
  @media (max-width: 767px) {
    .scroll {
      padding-inline: var(--cv-space-4);
    }
  }
  @media (forced-colors: active) {
    article.target {
      outline: 2px solid Highlight;
    }
  }
`;
