/** Styles of `<connection-panel>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: block;
  }
  .title {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-1) var(--cv-space-2);
  }
  h2 {
    font-size: var(--cv-text-lg);
    overflow-wrap: anywhere;
  }
  .notice {
    margin-block: var(--cv-space-3);
    align-items: start;
  }
  .notice > svg.icon {
    margin-block-start: 0.2em;
  }
  .notice > .button {
    align-self: center;
  }
  .notice-text {
    display: grid;
    gap: var(--cv-space-1);
    overflow-wrap: anywhere;
  }
  progress {
    inline-size: 100%;
    block-size: 0.5rem;
    accent-color: var(--cv-accent);
  }
  details {
    flex: 1 0 100%;
  }
  summary {
    min-block-size: var(--cv-target);
    align-content: center;
    cursor: pointer;
    font-size: var(--cv-text-sm);
  }
  .reference {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-2);
    margin-block-start: var(--cv-space-2);
  }
  .reference code {
    flex: 1 1 12rem;
    padding: var(--cv-space-2) var(--cv-space-3);
    border-radius: var(--cv-radius-sm);
    background: var(--cv-surface);
  }
  .aside {
    display: flex;
    gap: var(--cv-space-2);
    margin-block-start: var(--cv-space-2);
  }
  .aside svg.icon {
    margin-block-start: 0.2em;
  }
  .calendars {
    margin-block-start: var(--cv-space-3);
    border-block-start: 1px solid var(--cv-line);
  }
  .calendar {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto auto;
    align-items: center;
    gap: var(--cv-space-1) var(--cv-space-4);
    padding-block: var(--cv-space-2);
  }
  .calendar:last-child {
    padding-block-end: 0;
  }
  .calendar + .calendar {
    border-block-start: 1px solid var(--cv-line);
  }
  .calendar-name {
    display: flex;
    align-items: center;
    gap: var(--cv-space-2);
    overflow-wrap: anywhere;
  }
  .dot {
    inline-size: 0.75rem;
    block-size: 0.75rem;
    flex: none;
    border-radius: 50%;
    border: 1px solid var(--cv-line-strong);
    background: var(--calendar-color, var(--cv-surface-sunken));
  }
  .check input[type="radio"] {
    inline-size: 1.25rem;
    block-size: 1.25rem;
  }
  .notices {
    grid-column: 1 / -1;
    font-size: var(--cv-text-sm);
    color: var(--cv-warning);
  }
  .unread {
    margin-block-start: var(--cv-space-3);
    padding-inline: var(--cv-space-3);
    border-radius: var(--cv-radius);
    background: var(--cv-warning-soft);
    font-size: var(--cv-text-sm);
  }
  .unread[open] {
    padding-block-end: var(--cv-space-3);
  }
  .unread summary svg.icon {
    margin-inline-end: var(--cv-space-2);
    vertical-align: -0.15em;
    color: var(--cv-warning);
  }
  .unread ul {
    display: grid;
    gap: var(--cv-space-2);
    margin-block-end: var(--cv-space-2);
    overflow-wrap: anywhere;
  }
  .shared,
  .policy {
    margin-block-start: var(--cv-space-3);
  }
  .policy {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-2) var(--cv-space-3);
    padding-block-start: var(--cv-space-3);
    border-block-start: 1px solid var(--cv-line);
  }
  .policy .grow {
    flex: 1 1 14rem;
  }
  @media (max-width: 559px) {
    .calendar {
      grid-template-columns: minmax(0, 1fr);
    }
    .calendar-name {
      grid-column: 1 / -1;
    }
  }
`;
