/** What every element adopts: the tokens, a reset, text defaults, the focus ring. Parsed once, shared by all. */
import { css, unsafeCSS } from "lit";
import tokensText from "./tokens.css?inline";

export const tokens = unsafeCSS(tokensText);

/** Box sizing, text defaults, focus ring, visually hidden text. Every element adopts it. */
export const base = css`
  :host {
    display: block;
    box-sizing: border-box;
    color: var(--cv-ink);
    font: 400 var(--cv-text-md) / var(--cv-leading) var(--cv-font);
    text-align: start;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3,
  h4,
  p,
  ul,
  ol,
  dl,
  dd,
  fieldset,
  figure {
    margin: 0;
    padding: 0;
    border: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  a {
    color: var(--cv-accent-ink);
    text-underline-offset: 0.15em;
  }
  :focus {
    outline: none;
  }
  :focus-visible {
    outline: 2px solid var(--cv-focus);
    outline-offset: 2px;
  }
  .visually-hidden {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .time,
  time {
    font-variant-numeric: tabular-nums;
  }
  .muted {
    color: var(--cv-ink-muted);
  }
  svg.icon {
    inline-size: 1.15em;
    block-size: 1.15em;
    flex: none;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.9;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  [dir="rtl"] svg.icon.mirror,
  :host(:dir(rtl)) svg.icon.mirror {
    transform: scaleX(-1);
  }
`;
