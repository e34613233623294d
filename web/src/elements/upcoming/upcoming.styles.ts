/** Styles of `<convene-upcoming>`. */
import { css } from "lit";

export const styles = css`
  h2 {
    margin-block-end: var(--cv-space-1);
    padding-inline: var(--cv-space-2);
    font-size: var(--cv-text-sm);
    font-weight: 600;
    color: var(--cv-ink-muted);
  }
  li {
    display: flex;
    align-items: center;
    gap: var(--cv-space-2);
    border-radius: var(--cv-radius-sm);
  }
  .row {
    appearance: none;
    position: relative;
    display: grid;
    grid-template-columns: 4.25rem minmax(0, 1fr);
    flex: 1;
    gap: var(--cv-space-2);
    align-items: center;
    min-inline-size: 0;
    min-block-size: 3rem;
    padding: var(--cv-space-1) var(--cv-space-2);
    border: 0;
    border-radius: var(--cv-radius-sm);
    background: transparent;
    color: var(--cv-ink);
    font: inherit;
    line-height: 1.25;
    text-align: start;
    cursor: pointer;
  }
  .row:hover {
    background: var(--cv-surface-sunken);
  }
  .row:focus-visible {
    outline-offset: -2px;
  }
  .at {
    display: grid;
  }
  .at b {
    font-weight: 650;
  }
  .day,
  .sub {
    font-size: var(--cv-text-xs);
    color: var(--cv-ink-muted);
  }
  .what {
    display: grid;
    min-inline-size: 0;
  }
  .who,
  .sub {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .sub.soon {
    color: var(--cv-accent-ink);
    font-weight: 600;
  }
  .row-size {
    block-size: 2.5rem;
    margin-block: var(--cv-space-1);
  }
  .empty {
    display: grid;
    justify-items: start;
    padding-inline: var(--cv-space-2);
    color: var(--cv-ink-muted);
  }
  .empty .button {
    margin-inline-start: calc(var(--cv-space-3) * -1);
  }
  .offline {
    display: flex;
    align-items: center;
    gap: var(--cv-space-2);
    padding: var(--cv-space-1) var(--cv-space-2);
    font-size: var(--cv-text-xs);
    color: var(--cv-warning);
  }
  @media (prefers-reduced-motion: no-preference) {
    .flash {
      animation: cv-flash 1.5s ease-out 1;
    }
    @keyframes cv-flash {
      from {
        background: var(--cv-accent-soft);
      }
    }
  }
`;
