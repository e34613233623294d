/** Styles that several screens of the app adopt, on top of the elements' shared ones. */
import { css } from "lit";

/** Presence marks, empty surfaces, skeleton rows. */
export const parts = css`
  .avatar.small {
    --cv-avatar-size: 1.5rem;
  }
  .avatar.large {
    --cv-avatar-size: 3.25rem;
  }
  .presence {
    inline-size: 0.75rem;
    block-size: 0.75rem;
    flex: none;
    fill: currentColor;
    color: var(--cv-ink-muted);
  }
  .presence.active {
    color: var(--cv-success);
  }
  .presence.away {
    color: var(--cv-warning);
  }
  .presence.busy {
    color: var(--cv-danger);
  }
  .presence .ring {
    fill: none;
    stroke: currentColor;
    stroke-width: 2;
  }
  .presence .bar {
    stroke: var(--cv-surface);
    stroke-width: 1.8;
    stroke-linecap: round;
  }
  .empty {
    display: grid;
    justify-items: center;
    gap: var(--cv-space-1);
    padding: var(--cv-space-6) var(--cv-space-4);
    text-align: center;
    text-wrap: balance;
  }
  .empty .button {
    margin-block-start: var(--cv-space-3);
  }
  .empty-icon {
    display: grid;
    place-items: center;
    inline-size: 3rem;
    block-size: 3rem;
    margin-block-end: var(--cv-space-2);
    border-radius: 50%;
    background: var(--cv-accent-soft);
    color: var(--cv-accent-ink);
    font-size: 1.25rem;
  }
  .empty-title {
    font-weight: 600;
  }
  .skeletons {
    display: grid;
    gap: var(--cv-space-3);
  }
  .skeleton.row {
    block-size: 2.5rem;
  }
  .skeleton.line {
    block-size: 1rem;
    inline-size: 70%;
  }
  .skeleton.panel {
    block-size: 7rem;
  }
  .link {
    appearance: none;
    padding: 0;
    border: 0;
    background: none;
    color: var(--cv-accent-ink);
    font: inherit;
    text-decoration: underline;
    text-underline-offset: 0.15em;
    cursor: pointer;
  }
`;

/** A page with a form in the middle: sign-in, invitation, not found. */
export const gate = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    place-items: center;
    min-block-size: 100dvh;
    padding: var(--cv-space-5) var(--cv-space-4);
  }
  .gate {
    inline-size: min(100%, 26rem);
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    overflow-wrap: anywhere;
    gap: var(--cv-space-5);
  }
  .brand {
    display: flex;
    align-items: center;
    gap: var(--cv-space-2);
    font-weight: 650;
    font-size: var(--cv-text-lg);
    letter-spacing: -0.01em;
  }
  .brand svg {
    inline-size: 1.75rem;
    block-size: 1.75rem;
  }
  h1 {
    font-size: var(--cv-text-2xl);
    letter-spacing: -0.02em;
    line-height: 1.15;
  }
  form {
    display: grid;
    gap: var(--cv-space-4);
  }
  form .button {
    inline-size: 100%;
  }
`;

/** Cards, rows and forms of the settings and of the booking page. */
export const page = css`
  .panel {
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius-lg);
    background: var(--cv-surface);
    padding: var(--cv-space-5);
  }
  @media (max-width: 559px) {
    .panel {
      padding: var(--cv-space-4);
    }
  }
  .panel + .panel {
    margin-block-start: var(--cv-space-4);
  }
  .panel > h2,
  .panel-head h2 {
    font-size: var(--cv-text-lg);
    letter-spacing: -0.01em;
  }
  .panel-head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: var(--cv-space-2) var(--cv-space-4);
    margin-block-end: var(--cv-space-4);
  }
  .panel > h2 {
    margin-block-end: var(--cv-space-3);
  }
  .panel-head:last-child {
    margin-block-end: 0;
  }
  .lead {
    flex: 1 1 16rem;
    max-inline-size: 60ch;
    color: var(--cv-ink-muted);
  }
  .form {
    display: grid;
    gap: var(--cv-space-4);
    max-inline-size: 34rem;
  }
  .field {
    align-content: start;
  }
  .pair {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 12rem), 1fr));
    gap: var(--cv-space-4);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-2);
  }
  /* The last row of a form in a dialog, in sight while the form scrolls, and never over what has the focus. */
  form:has(> .footer) :is(.input, .button) {
    scroll-margin-block-end: 6rem;
  }
  form > .footer {
    position: sticky;
    /* Over the dialog's own padding, so that nothing shows below it. */
    inset-block-end: calc(-1 * var(--cv-space-4));
    margin-block-end: calc(-1 * var(--cv-space-4));
    padding-block: var(--cv-space-3) var(--cv-space-4);
    border-block-start: 1px solid var(--cv-line);
    background: var(--cv-surface-raised);
  }
  .rows > li + li,
  .rows > .row + .row {
    border-block-start: 1px solid var(--cv-line);
  }
  .rows > li {
    padding-block: var(--cv-space-3);
  }
  .rows > li:first-child {
    padding-block-start: 0;
  }
  .rows > li:last-child {
    padding-block-end: 0;
  }
  .row-line {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-2) var(--cv-space-3);
  }
  .row-line > .grow {
    flex: 1 1 12rem;
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
  .name {
    font-weight: 550;
  }
  .small {
    font-size: var(--cv-text-sm);
  }
  code,
  .mono {
    font-family: var(--cv-font-mono);
    font-size: 0.92em;
    overflow-wrap: anywhere;
  }
  pre {
    margin: 0;
    max-block-size: 20rem;
    overflow: auto;
    padding: var(--cv-space-3);
    border-radius: var(--cv-radius);
    background: var(--cv-surface-sunken);
    font: 400 var(--cv-text-sm) / 1.5 var(--cv-font-mono);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .secret {
    display: grid;
    gap: var(--cv-space-3);
    padding: var(--cv-space-4);
    border-radius: var(--cv-radius);
    background: var(--cv-accent-soft);
  }
  .secret-value {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-2);
  }
  .secret-value code {
    flex: 1 1 14rem;
    padding: var(--cv-space-2) var(--cv-space-3);
    border-radius: var(--cv-radius-sm);
    background: var(--cv-surface);
  }
  fieldset {
    min-inline-size: 0;
  }
  legend {
    padding: 0;
    font-size: var(--cv-text-sm);
    font-weight: 550;
  }
`;
