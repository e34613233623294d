/** Styles of `<convene-slot-picker>`. */
import { css } from "lit";

export const styles = css`
  .picker {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--cv-space-2);
  }
  .bar {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-block-size: var(--cv-target-small);
  }
  h3 {
    font-size: var(--cv-text-sm);
    font-weight: 600;
    color: var(--cv-ink-muted);
  }
  .strip-skeleton {
    display: flex;
    gap: var(--cv-space-2);
    overflow: hidden;
  }
  .strip-skeleton .skeleton {
    flex: 1 0 4rem;
    block-size: 3.9rem;
  }
  .clocks {
    display: flex;
    gap: var(--cv-space-2);
    align-items: start;
    padding: var(--cv-space-2) var(--cv-space-3);
    border-radius: var(--cv-radius);
    background: var(--cv-warning-soft);
    font-size: var(--cv-text-sm);
  }
  .clocks svg.icon {
    margin-block-start: 0.15em;
    color: var(--cv-warning);
  }
  .empty {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-2) var(--cv-space-3);
    min-block-size: 6rem;
    align-content: center;
    justify-content: center;
    padding: var(--cv-space-3);
    border: 1px dashed var(--cv-line-strong);
    border-radius: var(--cv-radius);
    color: var(--cv-ink-muted);
  }
`;
