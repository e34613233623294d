/** Styles of `<convene-cancel-dialog>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: contents;
  }
  .content {
    display: grid;
    gap: var(--cv-space-4);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: var(--cv-space-2);
  }
  @media (max-width: 479px) {
    .actions .button {
      flex: 1 1 auto;
      padding-inline: var(--cv-space-3);
    }
  }
`;
