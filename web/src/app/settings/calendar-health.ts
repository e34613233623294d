/** `<settings-calendar-health>`: how everybody's accounts at calendar services do, and who must be told. */
import { css, html, nothing } from "lit";
import { state } from "lit/decorators.js";
import { MinuteTicker } from "../../controllers/minute-ticker.ts";
import { define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import type { AccountHealth } from "../platform.ts";
import "../ui/copy.ts";
import { Fetched } from "../ui/fetched.ts";
import { empty, skeletons } from "../ui/parts.ts";
import { Polling } from "../ui/polling.ts";
import { serviceName } from "./connection-words.ts";
import { amounts, arrival, healthState, needsSomebody, whoToTell } from "./health-words.ts";
import { SettingsPageElement } from "./page.ts";

const EVERY_MS = 30_000;
type Filter = "all" | "attention";

export class SettingsCalendarHealth extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    .lead {
      margin-block-end: var(--cv-space-4);
    }
    .tools {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--cv-space-2);
      margin-block: 0 var(--cv-space-4);
      border: 0;
      padding: 0;
    }
    .tools label {
      display: flex;
      align-items: center;
      gap: var(--cv-space-2);
      min-block-size: var(--cv-target);
      padding-inline: var(--cv-space-3);
      border: 1px solid var(--cv-line-strong);
      border-radius: var(--cv-radius);
      cursor: pointer;
    }
    .tools label:has(input:checked) {
      border-color: var(--cv-accent);
      background: var(--cv-accent-soft);
      color: var(--cv-accent-ink);
      font-weight: 600;
    }
    .tools input {
      inline-size: 1.1rem;
      block-size: 1.1rem;
    }
    .title {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--cv-space-1) var(--cv-space-2);
    }
    .error {
      margin-block-start: var(--cv-space-2);
      overflow-wrap: anywhere;
    }
    .tell {
      display: flex;
      gap: var(--cv-space-2);
      margin-block-start: var(--cv-space-1);
      font-weight: 550;
    }
    .tell svg.icon {
      margin-block-start: 0.2em;
    }
    .reference {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--cv-space-2);
      margin-block-start: var(--cv-space-2);
    }
  `);

  readonly #health = new Fetched(this, () => this.api.get<{ items: AccountHealth[] }>("/api/calendar-connections/health"));
  @state() private filter: Filter = "all";

  constructor() {
    super();
    new MinuteTicker(this);
    new Polling(
      this,
      () => this.#health.reload(),
      () => EVERY_MS,
    );
  }

  protected override render() {
    return html`<section class="panel">
      <p class="lead">Every account at a calendar service in this organisation. What is in the calendars is not shown here.</p>
      ${this.#health.render("The health of calendars", ({ items }) => this.#list(items), skeletons(3, "row", "Loading"))}
    </section>`;
  }

  #list(items: AccountHealth[]) {
    if (items.length === 0) {
      return empty("calendar", "Nobody has connected a calendar yet", "Each person does that for themselves, under Calendars in their settings.");
    }
    const now = Date.now();
    const troubled = items.filter((item) => needsSomebody(item, now));
    const shown = this.filter === "all" ? items : troubled;
    return html`<fieldset class="tools">
        <legend class="visually-hidden">Which accounts to show</legend>
        ${this.#choice("all", `All (${items.length})`)} ${this.#choice("attention", `Needs attention (${troubled.length})`)}
      </fieldset>
      ${shown.length === 0
        ? empty("checkCircle", "Nothing needs attention", "Every account is read, and every meeting is where it belongs.")
        : html`<ul class="rows" aria-label="Accounts">
            ${shown.map((item) => this.#row(item))}
          </ul>`}`;
  }

  #choice(value: Filter, label: string) {
    return html`<label>
      <input type="radio" name="filter" .checked=${this.filter === value} @change=${() => (this.filter = value)} />${label}
    </label>`;
  }

  #row(item: AccountHealth) {
    const { label, look } = healthState(item);
    const tell = whoToTell(item);
    const waiting = item.waiting_writes;
    return html`<li>
      <div class="title">
        <span class="name">${item.name}</span>
        <span class="chip ${look}">${label}</span>
      </div>
      <p class="small muted">
        ${[
          serviceName(item.kind),
          item.label,
          item.last_synced_at === null ? "not read yet" : `read ${this.ago(item.last_synced_at)}`,
          arrival(item),
          amounts(item, this.language),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      ${waiting > 0
        ? html`<p class="small">
            ${waiting === 1 ? "1 meeting waits" : `${waiting} meetings wait`} to be brought
            up to date there${item.oldest_waiting_at === null ? "" : `, since ${this.at(item.oldest_waiting_at)}`}. Nothing is lost.
          </p>`
        : nothing}
      ${item.error_code === "" ? nothing : this.#error(item)}
      ${tell === "" ? nothing : html`<p class="small tell">${icon("info")}<span>${tell}</span></p>`}
    </li>`;
  }

  #error(item: AccountHealth) {
    const next = item.next_poll_at === null ? "" : ` Next try ${this.soon(item.next_poll_at)}.`;
    const reference = `${item.connection_id} ${item.error_code}`;
    return html`<p class="small error">${item.error_detail}${next}</p>
      <div class="reference small">
        <code>${reference}</code>
        <copy-button .value=${reference} label="Copy"></copy-button>
      </div>`;
  }
}
define("settings-calendar-health", SettingsCalendarHealth);
