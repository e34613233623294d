/** Styles of `<settings-pages>`. */
import { css } from "lit";

export const styles = css`
  :host {
    display: block;
    min-block-size: 100dvh;
  }
  header {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: var(--cv-space-3);
    padding: var(--cv-space-3) var(--cv-space-5);
    border-block-end: 1px solid var(--cv-line);
    background: var(--cv-surface);
  }
  .home {
    color: inherit;
    text-decoration: none;
  }
  .brand {
    display: flex;
    align-items: center;
    gap: var(--cv-space-2);
    font-weight: 650;
    font-size: var(--cv-text-lg);
    letter-spacing: -0.01em;
  }
  .brand svg {
    inline-size: 1.75rem;
    block-size: 1.75rem;
  }
  .frame {
    display: grid;
    grid-template-columns: 13rem minmax(0, 46rem);
    gap: var(--cv-space-6);
    max-inline-size: 66rem;
    margin-inline: auto;
    padding: var(--cv-space-5);
  }
  nav .group + .group {
    margin-block-start: var(--cv-space-4);
  }
  summary {
    display: none;
  }
  .group h2 {
    padding: var(--cv-space-1) var(--cv-space-3);
    font-size: var(--cv-text-sm);
    font-weight: 600;
    color: var(--cv-ink-muted);
    overflow-wrap: anywhere;
  }
  nav a {
    display: flex;
    align-items: center;
    gap: var(--cv-space-3);
    min-block-size: var(--cv-target);
    padding-inline: var(--cv-space-3);
    border-radius: var(--cv-radius);
    color: var(--cv-ink);
    text-decoration: none;
  }
  .badge {
    min-inline-size: 1.5em;
    margin-inline-start: auto;
    padding-inline: 0.4em;
    border-radius: var(--cv-radius-full);
    background: var(--cv-warning-soft);
    color: var(--cv-warning);
    font-size: var(--cv-text-xs);
    font-weight: 700;
    line-height: 1.5em;
    text-align: center;
  }
  nav a:hover {
    background: var(--cv-surface-sunken);
  }
  nav a[aria-current="page"] {
    background: var(--cv-accent-soft);
    color: var(--cv-accent-ink);
    font-weight: 600;
  }
  h1 {
    font-size: var(--cv-text-2xl);
    letter-spacing: -0.02em;
    margin-block-end: var(--cv-space-4);
  }
  @media (max-width: 767px) {
    header {
      padding: var(--cv-space-2) var(--cv-space-4);
    }
    .frame {
      grid-template-columns: minmax(0, 1fr);
      gap: var(--cv-space-4);
      padding: var(--cv-space-3) var(--cv-space-4) var(--cv-space-6);
    }
    details {
      border: 1px solid var(--cv-line);
      border-radius: var(--cv-radius);
      background: var(--cv-surface);
    }
    details[open] {
      padding-block-end: var(--cv-space-2);
    }
    summary {
      display: flex;
      align-items: center;
      gap: var(--cv-space-2);
      min-block-size: var(--cv-target);
      padding-inline: var(--cv-space-3);
      font-weight: 550;
      cursor: pointer;
      list-style: none;
    }
    summary::-webkit-details-marker {
      display: none;
    }
    details[open] summary svg.icon {
      rotate: 90deg;
    }
  }
`;
