/** Styles of `<conflict-view>`: two columns where there is room, one below the other on phones. */
import { css } from "lit";

export const styles = css`
  :host {
    display: block;
  }
  h2 {
    font-size: var(--cv-text-lg);
    overflow-wrap: anywhere;
  }
  h2 a {
    color: inherit;
  }
  .happened {
    margin-block: var(--cv-space-2) var(--cv-space-3);
    max-inline-size: 60ch;
  }
  .sides {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr));
    gap: var(--cv-space-3);
  }
  .side {
    padding: var(--cv-space-3) var(--cv-space-4);
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius);
    overflow-wrap: anywhere;
  }
  .side h3 {
    margin-block-end: var(--cv-space-2);
    font-size: var(--cv-text-sm);
    font-weight: 600;
    color: var(--cv-ink-muted);
  }
  dl {
    display: grid;
    gap: var(--cv-space-2);
  }
  dl > div {
    padding-inline-start: var(--cv-space-3);
    border-inline-start: 3px solid transparent;
  }
  dl > .differs {
    border-inline-start-color: var(--cv-warning);
  }
  dt {
    display: flex;
    flex-wrap: wrap;
    gap: 0 var(--cv-space-2);
    font-size: var(--cv-text-xs);
    color: var(--cv-ink-muted);
  }
  .mark {
    font-weight: 600;
    color: var(--cv-warning);
  }
  dd {
    white-space: pre-line;
  }
  .differs dd {
    font-weight: 600;
  }
  .gone p {
    display: flex;
    align-items: center;
    gap: var(--cv-space-2);
    font-weight: 600;
  }
  .choices {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr));
    gap: var(--cv-space-3);
    margin-block-start: var(--cv-space-4);
  }
  .choice {
    display: grid;
    justify-items: start;
    align-content: start;
    gap: var(--cv-space-1);
  }
  .notice {
    margin-block-start: var(--cv-space-4);
    align-items: start;
  }
  .notice-text {
    display: grid;
    gap: var(--cv-space-1);
  }
  .free {
    font-variant-numeric: tabular-nums;
  }
  .ended {
    display: flex;
    gap: var(--cv-space-2);
    margin-block-start: var(--cv-space-4);
    font-weight: 550;
  }
  .ended svg.icon {
    margin-block-start: 0.2em;
  }
  @media (max-width: 559px) {
    .choice .button {
      inline-size: 100%;
    }
  }
`;
