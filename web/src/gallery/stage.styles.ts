/** Styles of `<gallery-stage>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: grid;
    gap: var(--cv-space-3);
    container-type: inline-size;
  }
  h2 {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: var(--cv-space-1) var(--cv-space-3);
    font-size: var(--cv-text-xl);
    font-weight: 650;
    line-height: var(--cv-leading-tight);
  }
  code,
  pre {
    font-family: var(--cv-font-mono);
    font-size: var(--cv-text-sm);
    font-weight: 400;
    overflow-wrap: anywhere;
  }
  h2 code {
    color: var(--cv-ink-muted);
  }
  .columns {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    align-items: start;
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius-lg);
    background: var(--cv-surface);
    overflow: clip;
  }
  .live {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--cv-space-3);
    align-content: start;
    justify-items: start;
    padding: var(--cv-space-4);
  }
  ::slotted(:is(convene-slot-picker, convene-availability-editor, convene-upcoming, convene-booking-card)) {
    justify-self: stretch;
  }
  .side {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--cv-space-4);
    align-content: start;
    padding: var(--cv-space-4);
    border-block-start: 1px solid var(--cv-line);
    background: var(--cv-surface-sunken);
  }
  .controls {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(9.5rem, 100%), 1fr));
    gap: var(--cv-space-2) var(--cv-space-3);
    align-items: end;
  }
  .snippet {
    display: grid;
    justify-items: end;
    gap: var(--cv-space-2);
  }
  pre {
    justify-self: stretch;
    margin: 0;
    padding: var(--cv-space-3);
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius);
    background: var(--cv-surface);
    white-space: pre-wrap;
  }
  .event {
    min-block-size: 1lh;
    font-size: var(--cv-text-sm);
    color: var(--cv-ink-muted);
  }
  @container (min-width: 56rem) {
    .columns {
      grid-template-columns: minmax(0, 1fr) 22rem;
      align-items: stretch;
    }
    .live {
      padding: var(--cv-space-6);
    }
    .side {
      border-block-start: 0;
      border-inline-start: 1px solid var(--cv-line);
    }
  }
`;
