/** Styles of `<connect-window>`: two panes from 768 px, one at a time below. */
import { css } from "lit";

export const styles = css`
  :host {
    display: grid;
    grid-template: minmax(0, 1fr) / 18.5rem minmax(0, 1fr);
    block-size: 100dvh;
    background: var(--cv-surface);
  }
  /* What lies over the window lives in the top layer and takes no place in it. */
  connect-profile,
  connect-switcher,
  connect-channels,
  convene-booking-modal,
  convene-cancel-dialog {
    display: contents;
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
  /* At the top, where it covers neither the composer nor the button that books. */
  cv-toast {
    inset-block: 4.5rem auto;
    inset-inline: auto var(--cv-space-4);
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
  /* Blocks have the colour of this ground. */
  .loading > div:first-child .skeleton {
    background: var(--cv-line);
  }
  @media (max-width: 767px) {
    :host {
      grid-template: minmax(0, 1fr) / minmax(0, 1fr);
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
    cv-toast {
      inset-block: auto 5.25rem;
      inset-inline: var(--cv-space-3);
    }
  }
`;
