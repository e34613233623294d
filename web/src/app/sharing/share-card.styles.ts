/** Styles of `<connect-share>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: block;
    container-type: inline-size;
    margin-block-start: var(--cv-space-1);
  }
  .card {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    gap: var(--cv-space-3);
    max-inline-size: 46rem;
    padding: var(--cv-space-3) var(--cv-space-4) var(--cv-space-4);
    border: 1px solid var(--cv-line);
    border-radius: var(--cv-radius);
    background: var(--cv-surface);
    box-shadow: var(--cv-shadow-1);
  }
  .card.revoked,
  .card.expired {
    gap: var(--cv-space-1);
    max-inline-size: 34rem;
    padding-block-end: var(--cv-space-3);
    background: var(--cv-surface-sunken);
    box-shadow: none;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-1) var(--cv-space-3);
  }
  header > svg.icon {
    inline-size: 1.4rem;
    block-size: 1.4rem;
    color: var(--cv-accent-ink);
  }
  .revoked header > svg.icon,
  .expired header > svg.icon {
    color: var(--cv-ink-muted);
  }
  .what {
    flex: 1 1 9rem;
    min-inline-size: 0;
  }
  h3 {
    font-size: var(--cv-text-md);
    font-weight: 650;
    line-height: 1.3;
  }
  header .muted,
  .over,
  .legend,
  .zones {
    font-size: var(--cv-text-sm);
  }
  .over {
    padding-inline-start: calc(1.4rem + var(--cv-space-3));
  }
  .length {
    flex: none;
    inline-size: auto;
    min-block-size: var(--cv-target-small);
    padding-block: var(--cv-space-1);
    font-size: var(--cv-text-sm);
  }
  .zones {
    display: flex;
    flex-wrap: wrap;
    column-gap: var(--cv-space-4);
  }
  .waiting .skeleton {
    block-size: 16rem;
  }
  .empty {
    display: flex;
    align-items: center;
    gap: var(--cv-space-2);
    padding: var(--cv-space-4);
    border: 1px dashed var(--cv-line-strong);
    border-radius: var(--cv-radius);
    color: var(--cv-ink-muted);
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: var(--cv-space-1) var(--cv-space-2);
  }
  .key {
    display: inline-flex;
    align-items: center;
    gap: var(--cv-space-2);
  }
  .swatch {
    inline-size: 1.1rem;
    block-size: 0.8rem;
    border: 1px solid var(--cv-line-strong);
    border-radius: 3px;
  }
  .swatch.free {
    border-inline-start: 3px solid var(--cv-accent);
    background: var(--cv-accent-soft);
  }
  .swatch.taken {
    background:
      repeating-linear-gradient(
        -45deg,
        transparent 0 4px,
        light-dark(rgb(21 33 31 / 18%), rgb(232 239 237 / 18%)) 4px 6px
      ),
      var(--cv-surface-sunken);
  }
  .who {
    margin-inline-start: auto;
  }
  /* Lists of days have no colours to explain. */
  @container (max-width: 35rem) {
    .key {
      display: none;
    }
    .who {
      margin: 0;
    }
  }
  @media (max-width: 479px) {
    .card {
      padding-inline: var(--cv-space-3);
    }
    .over {
      padding-inline-start: 0;
    }
  }
`;
