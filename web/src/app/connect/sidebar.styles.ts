/** Styles of `<connect-sidebar>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-block-size: 0;
    background: var(--cv-surface-sunken);
    border-inline-end: 1px solid var(--cv-line);
  }
  .top {
    display: flex;
    align-items: center;
    gap: var(--cv-space-1);
    padding-block: var(--cv-space-3) var(--cv-space-2);
    padding-inline: var(--cv-space-4) var(--cv-space-2);
  }
  .organization {
    flex: 1;
    min-inline-size: 0;
    font-size: var(--cv-text-lg);
    font-weight: 650;
    letter-spacing: -0.01em;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .search {
    appearance: none;
    display: flex;
    align-items: center;
    gap: var(--cv-space-2);
    margin: 0 var(--cv-space-3) var(--cv-space-3);
    min-block-size: var(--cv-target);
    padding-inline: var(--cv-space-3);
    border: 1px solid var(--cv-line-strong);
    border-radius: var(--cv-radius);
    background: var(--cv-surface);
    color: var(--cv-ink-muted);
    font: inherit;
    text-align: start;
    cursor: pointer;
  }
  .search span {
    flex: 1;
  }
  kbd {
    padding: 0.1em 0.45em;
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius-sm);
    font: 500 var(--cv-text-xs) / 1.4 var(--cv-font);
  }
  @media (pointer: coarse) {
    kbd {
      display: none;
    }
  }
  .scroll {
    flex: 1;
    min-block-size: 0;
    overflow-y: auto;
    padding: 0 var(--cv-space-2) var(--cv-space-4);
    scroll-padding-block: var(--cv-space-4);
  }
  .upcoming {
    display: block;
    padding: 0 var(--cv-space-1) var(--cv-space-2);
  }
  section {
    margin-block-start: var(--cv-space-4);
  }
  .section-head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-block-size: var(--cv-target-small);
    padding-inline: var(--cv-space-2) 0;
  }
  h2 {
    font-size: var(--cv-text-sm);
    font-weight: 600;
    color: var(--cv-ink-muted);
  }
  .section-head .button {
    color: var(--cv-ink-muted);
  }
  .entry {
    display: flex;
    align-items: center;
    gap: var(--cv-space-2);
    min-block-size: 2.25rem;
    padding: var(--cv-space-1) var(--cv-space-2);
    border-radius: var(--cv-radius-sm);
    color: var(--cv-ink);
    text-decoration: none;
  }
  @media (pointer: coarse) {
    .entry {
      min-block-size: 2.75rem;
    }
  }
  .entry:hover {
    background: light-dark(rgb(15 40 35 / 6%), rgb(220 255 245 / 7%));
  }
  .entry[aria-current] {
    background: var(--cv-accent-soft);
    color: var(--cv-accent-ink);
    font-weight: 600;
  }
  .entry.unread {
    font-weight: 650;
  }
  .entry > svg.icon {
    color: var(--cv-ink-muted);
    inline-size: 0.95rem;
    block-size: 0.95rem;
  }
  .entry > .presence,
  .entry > svg.icon {
    margin-inline: 0.15rem;
  }
  @media (forced-colors: active) {
    .entry[aria-current] {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
  }
  .label {
    flex: 1;
    min-inline-size: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .badge {
    display: inline-grid;
    place-items: center;
    min-inline-size: 1.35rem;
    block-size: 1.35rem;
    padding-inline: 0.35rem;
    border-radius: var(--cv-radius-full);
    background: var(--cv-accent);
    color: var(--cv-on-accent);
    font-size: var(--cv-text-xs);
    font-weight: 650;
    font-variant-numeric: tabular-nums;
  }
  .draft {
    font-size: var(--cv-text-xs);
    font-weight: 500;
    color: var(--cv-ink-muted);
  }
  .none {
    padding: var(--cv-space-1) var(--cv-space-2);
    font-size: var(--cv-text-sm);
    color: var(--cv-ink-muted);
  }
  .me {
    display: flex;
    align-items: center;
    gap: var(--cv-space-2);
    padding: var(--cv-space-2) var(--cv-space-3);
    border-block-start: 1px solid var(--cv-line);
  }
  .me > span:nth-of-type(2) {
    flex: 1;
    min-inline-size: 0;
  }
  .me strong,
  .me small {
    display: block;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .me strong {
    font-weight: 600;
  }
  .me small {
    font-size: var(--cv-text-xs);
    color: var(--cv-ink-muted);
  }
  .line-state {
    display: flex;
    align-items: center;
    gap: var(--cv-space-2);
    padding: var(--cv-space-2) var(--cv-space-3);
    background: var(--cv-warning-soft);
    color: var(--cv-warning);
    font-size: var(--cv-text-sm);
  }
  .line-state span {
    flex: 1;
  }
`;
