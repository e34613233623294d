/** Styles of `<connect-share-book>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: contents;
  }
  .content {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--cv-space-3);
  }
  .time-box {
    padding: var(--cv-space-3) var(--cv-space-4);
    border-inline-start: 3px solid var(--cv-accent);
    border-radius: var(--cv-radius-sm);
    background: var(--cv-accent-soft);
  }
  .time-box.gone {
    border-color: var(--cv-danger);
    background: var(--cv-surface-sunken);
  }
  .gone .when {
    text-decoration: line-through;
  }
  .when {
    font-weight: 650;
  }
  .time-box .muted,
  .small {
    font-size: var(--cv-text-sm);
  }
  .time-box .muted {
    color: var(--cv-ink);
  }
  .nearest {
    display: flex;
    flex: 1 0 100%;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-2);
  }
  .footer {
    display: flex;
    justify-content: flex-end;
    gap: var(--cv-space-2);
  }
  .book {
    min-inline-size: 6.5rem;
  }
  @media (max-width: 479px) {
    .footer .button {
      flex: 1;
    }
  }
`;
