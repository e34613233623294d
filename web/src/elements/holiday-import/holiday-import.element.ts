/**
 * `<cv-holiday-import>`: choose a country, a part of it and a year, untick what is worked on, take the rest.
 *
 * It reads from `source` and tells its host `cv-import` `{days}` or `cv-close`. Days in `taken` cannot be chosen again.
 */
import { html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { toApiError } from "../../internal/api-client.ts";
import { ConveneElement } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { formatDay } from "../../internal/time.ts";
import { button, field, notice } from "../../styles/shared.ts";
import { styles } from "./holiday-import.styles.ts";

export interface Holiday {
  date: string;
  name: string;
}

export interface HolidayCountry {
  country: string;
  subdivisions: { subdivision: string; name: string }[];
}

/** Where holidays come from: `/api/holidays` and `/api/holidays/countries`. */
export interface HolidaySource {
  /** Brings this element; whoever has no holidays to offer does not carry it. */
  load(): Promise<unknown>;
  countries(): Promise<HolidayCountry[]>;
  holidays(country: string, subdivision: string, year: number): Promise<Holiday[]>;
}

const WORDS = {
  title: "Public holidays",
  country: "Country",
  part: "Region",
  wholeCountry: "Whole country",
  year: "Year",
  loading: "Loading…",
  nothing: "No public holidays are known for this choice.",
  past: "All of this year’s are over or listed already.",
  listed: "listed already",
  add: (count: number) => (count === 1 ? "Add 1 day off" : `Add ${count} days off`),
  cancel: "Cancel",
  retry: "Try again",
};

export class HolidayImportElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, field, notice, styles);

  @property({ attribute: false }) source: HolidaySource | null = null;
  @property({ attribute: false }) taken: readonly string[] = [];
  /** Days before it are not offered. */
  @property() today = "";

  @state() private countries: HolidayCountry[] | null = null;
  @state() private country = "";
  @state() private subdivision = "";
  @state() private year = 0;
  @state() private days: Holiday[] | null = null;
  @state() private unticked: ReadonlySet<string> = new Set();
  @state() private problem = "";
  #generation = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#begin();
  }

  override focus(): void {
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>("select, [data-cancel]")?.focus(),
    );
  }

  async #begin(): Promise<void> {
    await this.updateComplete;
    this.problem = "";
    this.year ||= Number((this.today || new Date().toISOString()).slice(0, 4));
    try {
      this.countries = (await this.source?.countries()) ?? [];
    } catch (error) {
      this.problem = toApiError(error).detail;
      return;
    }
    const region = new Intl.Locale(this.language).maximize().region ?? "";
    this.country ||= this.countries.some((item) => item.country === region) ? region : (this.countries[0]?.country ?? "");
    this.focus();
    await this.#load();
  }

  async #load(): Promise<void> {
    const generation = ++this.#generation;
    this.days = null;
    this.problem = "";
    this.unticked = new Set();
    try {
      const days = (await this.source?.holidays(this.country, this.subdivision, this.year)) ?? [];
      if (generation === this.#generation) this.days = days;
    } catch (error) {
      if (generation === this.#generation) this.problem = toApiError(error).detail;
    }
  }

  #choose(change: () => void): void {
    change();
    void this.#load();
  }

  get #chosen(): Holiday[] {
    return (this.days ?? []).filter(({ date }) => this.#isOpen(date) && !this.unticked.has(date));
  }

  #isOpen(date: string): boolean {
    return date >= this.today && !this.taken.includes(date);
  }

  #tick(date: string, on: boolean): void {
    const next = new Set(this.unticked);
    if (on) next.delete(date);
    else next.add(date);
    this.unticked = next;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.emit("cv-close");
  };

  protected override render() {
    const chosen = this.#chosen;
    return html`<div class="import" role="group" aria-label=${WORDS.title} @keydown=${this.#onKey}>
      ${this.#choices()}
      ${this.problem
        ? html`<div class="notice danger" role="alert">
            ${icon("warning")}<span class="notice-text">${this.problem}</span>
            <button
              class="button small"
              type="button"
              @click=${() => void (this.countries ? this.#load() : this.#begin())}
            >
              ${WORDS.retry}
            </button>
          </div>`
        : this.#list()}
      <div class="import-actions">
        <button class="button" type="button" data-cancel @click=${() => this.emit("cv-close")}>${WORDS.cancel}</button>
        <button
          class="button primary"
          type="button"
          ?disabled=${chosen.length === 0}
          @click=${() => this.emit("cv-import", { days: chosen })}
        >
          ${WORDS.add(chosen.length)}
        </button>
      </div>
    </div>`;
  }

  #choices() {
    const countries = this.countries;
    if (!countries) return this.problem ? nothing : html`<p class="muted">${WORDS.loading}</p>`;
    const names = new Intl.DisplayNames([this.language, "en"], { type: "region" });
    const named = countries
      .map((item) => ({ code: item.country, name: names.of(item.country) ?? item.country }))
      .sort((a, b) => a.name.localeCompare(b.name, this.language));
    const parts = countries.find((item) => item.country === this.country)?.subdivisions ?? [];
    const first = Number((this.today || "2026").slice(0, 4));
    const value = (event: Event): string => (event.target as HTMLSelectElement).value;
    return html`<div class="import-fields">
      <label class="field"
        ><span>${WORDS.country}</span
        ><select
          class="input"
          @change=${(event: Event) =>
            this.#choose(() => {
              this.country = value(event);
              this.subdivision = "";
            })}
        >
          ${named.map(({ code, name }) => html`<option value=${code} ?selected=${code === this.country}>${name}</option>`)}
        </select></label
      >
      ${parts.length === 0
        ? nothing
        : html`<label class="field"
            ><span>${WORDS.part}</span
            ><select class="input" @change=${(event: Event) => this.#choose(() => (this.subdivision = value(event)))}>
              <option value="" ?selected=${this.subdivision === ""}>${WORDS.wholeCountry}</option>
              ${parts.map(
                ({ subdivision, name }) =>
                  html`<option value=${subdivision} ?selected=${subdivision === this.subdivision}>${name}</option>`,
              )}
            </select></label
          >`}
      <label class="field"
        ><span>${WORDS.year}</span
        ><select class="input" @change=${(event: Event) => this.#choose(() => (this.year = Number(value(event))))}>
          ${[0, 1, 2].map(
            (ahead) => html`<option value=${first + ahead} ?selected=${first + ahead === this.year}>${first + ahead}</option>`,
          )}
        </select></label
      >
    </div>`;
  }

  #list() {
    if (!this.countries) return nothing;
    if (!this.days) return html`<p class="muted" aria-busy="true">${WORDS.loading}</p>`;
    const coming = this.days.filter(({ date }) => date >= this.today);
    if (coming.length === 0) return html`<p class="muted">${this.days.length === 0 ? WORDS.nothing : WORDS.past}</p>`;
    return html`<ul class="import-days">
      ${coming.map(({ date, name }) => {
        const isTaken = this.taken.includes(date);
        return html`<li>
          <label class="check"
            ><input
              type="checkbox"
              .checked=${!isTaken && !this.unticked.has(date)}
              ?disabled=${isTaken}
              @change=${(event: Event) => this.#tick(date, (event.target as HTMLInputElement).checked)}
            /><span
              ><span class="import-day">${formatDay(date, this.language)}</span><span>${name}</span>${isTaken
                ? html`<span class="muted">(${WORDS.listed})</span>`
                : nothing}</span
            ></label
          >
        </li>`;
      })}
    </ul>`;
  }
}
