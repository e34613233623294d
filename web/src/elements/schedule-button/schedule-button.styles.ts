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
`;
