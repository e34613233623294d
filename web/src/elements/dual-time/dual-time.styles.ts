/** Styles of `<convene-dual-time>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: inline;
    color: inherit;
    font: inherit;
  }
  time {
    position: relative;
  }
  .mine {
    font-weight: 600;
  }
  .theirs {
    color: var(--cv-ink-muted);
  }
  .shift {
    white-space: nowrap;
    font-weight: 600;
  }
`;
