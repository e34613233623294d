/** Styles of `<convene-schedule-button>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: inline-block;
  }
  .button {
    inline-size: 100%;
    white-space: nowrap;
  }
  .failed {
    max-inline-size: 18rem;
    margin-block-start: var(--cv-space-1);
    font-size: var(--cv-text-sm);
    color: var(--cv-danger);
  }
`;
