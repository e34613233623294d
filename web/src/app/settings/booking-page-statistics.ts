/** `<booking-page-statistics>`: what came of a page in the last 30 days, as numbers, bars and a table. */
import { css, html, nothing, svg } from "lit";
import { property, state } from "lit/decorators.js";
import { define } from "../../internal/element.ts";
import { Fetched } from "../ui/fetched.ts";
import { type BookingPage, type PageStatistics, pagePath } from "./booking-pages.types.ts";
import { SettingsPageElement } from "./page.ts";

const BAR = 8;
const HEIGHT = 80;

export class BookingPageStatistics extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    .lead {
      margin-block-end: var(--cv-space-3);
    }
    dl {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr));
      gap: var(--cv-space-3);
      margin: 0 0 var(--cv-space-4);
    }
    dl > div {
      padding: var(--cv-space-3);
      border-radius: var(--cv-radius);
      background: var(--cv-surface-sunken);
    }
    dt {
      font-size: var(--cv-text-sm);
      color: var(--cv-ink-muted);
    }
    dd {
      margin: 0;
      font-size: var(--cv-text-xl);
      font-weight: 600;
      font-variant-numeric: tabular-nums;
    }
    .chart {
      display: block;
      inline-size: 100%;
      block-size: 9rem;
    }
    .views {
      fill: var(--cv-line-strong);
    }
    .bookings {
      fill: var(--cv-accent);
    }
    .key {
      display: flex;
      flex-wrap: wrap;
      gap: var(--cv-space-1) var(--cv-space-4);
      margin-block: var(--cv-space-2);
      font-size: var(--cv-text-sm);
      color: var(--cv-ink-muted);
    }
    .key svg {
      inline-size: 0.8rem;
      block-size: 0.8rem;
    }
    .scroll {
      max-block-size: 18rem;
      overflow: auto;
    }
    table {
      inline-size: 100%;
      border-collapse: collapse;
      font-size: var(--cv-text-sm);
      font-variant-numeric: tabular-nums;
    }
    th,
    td {
      padding: var(--cv-space-1) var(--cv-space-2);
      border-block-end: 1px solid var(--cv-line);
      text-align: end;
      font-weight: 400;
    }
    th:first-child {
      text-align: start;
      white-space: nowrap;
    }
    thead th {
      font-weight: 600;
    }
  `);

  @property({ attribute: false }) page!: BookingPage;
  @state() private isTable = false;
  readonly #statistics = new Fetched(this, () => this.api.get<PageStatistics>(`${pagePath(this.page)}/statistics`));

  protected override render() {
    return this.#statistics.render("Statistics", (found) => this.#found(found));
  }

  #found(found: PageStatistics) {
    const share = new Intl.NumberFormat(this.language, { style: "percent", maximumFractionDigits: 0 });
    const told: [string, string][] = [
      ["Visits", String(found.views)],
      ["Bookings", String(found.bookings)],
      ["Visits that book", found.conversion === null ? "–" : share.format(found.conversion)],
      ["Cancelled", String(found.cancellations)],
      ["Saw no times", String(found.no_times_seen)],
    ];
    return html`<p class="lead">The last ${found.days} days. Nothing is kept about who visited.</p>
      <dl>
        ${told.map(
          ([name, value]) =>
            html`<div>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
      </dl>
      ${found.views + found.bookings === 0 ? nothing : this.isTable ? this.#table(found) : this.#chart(found)}
      ${found.views + found.bookings === 0
        ? html`<p class="muted">Nobody has opened this page yet.</p>`
        : html`<button class="button small" type="button" aria-pressed=${this.isTable} @click=${() => (this.isTable = !this.isTable)}>
            Show as table
          </button>`}`;
  }

  #chart(found: PageStatistics) {
    const most = Math.max(1, ...found.by_day.flatMap((day) => [day.views, day.bookings]));
    const bar = (value: number): number => (value / most) * HEIGHT;
    return html`<svg
        class="chart"
        preserveAspectRatio="none"
        viewBox="0 0 ${found.by_day.length * BAR} ${HEIGHT + 2}"
        role="img"
        aria-label="Visits and bookings per day: at most ${most} on a day"
      >
        ${found.by_day.map(
          (day, at) =>
            svg`<rect class="views" x=${at * BAR + 1} y=${HEIGHT - bar(day.views)} width="3" height=${bar(day.views)} rx="0.7"/>
            <rect class="bookings" x=${at * BAR + 4} y=${HEIGHT - bar(day.bookings)} width="3" height=${bar(day.bookings)} rx="0.7"/>`,
        )}
        <rect class="views" x="0" y=${HEIGHT + 1} width=${found.by_day.length * BAR} height="0.5" />
      </svg>
      <p class="key">
        <span><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="views" x="0" width="10" height="10" rx="2" /></svg> Visits (left bar)</span>
        <span><svg viewBox="0 0 10 10" aria-hidden="true"><rect class="bookings" x="0" width="10" height="10" rx="2" /></svg> Bookings (right bar)</span>
        <span>At most ${most} on a day; today is the last.</span>
      </p>`;
  }

  #table(found: PageStatistics) {
    return html`<div class="scroll" tabindex="0" role="region" aria-label="Per day">
      <table>
        <thead>
          <tr>
            <th scope="col">Day (UTC)</th>
            <th scope="col">Visits</th>
            <th scope="col">Bookings</th>
            <th scope="col">Cancelled</th>
          </tr>
        </thead>
        <tbody>
          ${found.by_day.toReversed().map(
            (day) =>
              html`<tr>
                <th scope="row">${day.day}</th>
                <td>${day.views}</td>
                <td>${day.bookings}</td>
                <td>${day.cancellations}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }
}
define("booking-page-statistics", BookingPageStatistics);
