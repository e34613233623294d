/** Styles of `<connect-window>`: two panes from 768 px, one at a time below. */
import { css } from "lit";

export const styles = css`
  :host {
    display: grid;
    grid-template-columns: 18.5rem minmax(0, 1fr);
    block-size: 100dvh;
    background: var(--cv-surface);
  }
  connect-conversation,
  .blank {
    min-inline-size: 0;
    min-block-size: 0;
  }
  .blank {
    display: grid;
    place-items: center;
    overflow: auto;
  }
  .manage {
    margin-block-start: var(--cv-space-4);
    font-size: var(--cv-text-sm);
  }
  .state {
    grid-column: 1 / -1;
    display: grid;
    place-items: center;
    padding: var(--cv-space-4);
  }
  .state .notice {
    max-inline-size: 32rem;
  }
  .loading {
    grid-column: 1 / -1;
    display: grid;
    grid-template-columns: subgrid;
  }
  .loading > div {
    padding: var(--cv-space-4);
  }
  .loading > div:first-child {
    background: var(--cv-surface-sunken);
    border-inline-end: 1px solid var(--cv-line);
  }
  @media (max-width: 767px) {
    :host {
      grid-template-columns: minmax(0, 1fr);
    }
    :host([pane="conversation"]) connect-sidebar,
    :host([pane="list"]) connect-conversation,
    :host([pane="list"]) .blank,
    .loading > div:last-child {
      display: none;
    }
    connect-sidebar {
      border-inline-end: 0;
    }
  }
`;
