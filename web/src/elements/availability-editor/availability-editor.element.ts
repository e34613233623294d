/**
 * `<convene-availability-editor>`: working hours as rows per weekday, date overrides and booking rules.
 *
 * Give it an `element-token`, a `base-url` and a `rule-id`, and it reads and writes that rule of `/v1` by itself: zone and
 * weekly hours. `convene-saved` `{rules}` and `convene-error` `{error}` tell how it went.
 *
 * Or feed it with `rules` (the JSON of `/api/availability-rules`). `convene-save` carries `{rules}` when everything is
 * valid; the host answers by setting `rules` to what the server returned, or `problem` and `fields` when it refused.
 */
import { html, nothing, type PropertyValues } from "lit";
import { property, state } from "lit/decorators.js";
import {
  type HoursForm,
  type Period,
  addHolidays,
  copyDay,
  formFrom,
  hasProblems,
  nextPeriod,
  rulesFrom,
  sameRules,
  splitAtMidnight,
  WEEKDAYS,
} from "../../controllers/working-hours.ts";
import type { RuleFeed } from "../../controllers/rule-feed.ts";
import { toApiError } from "../../internal/api-client.ts";
import { ConveneElement } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { localePreferences } from "../../internal/locale.ts";
import { addDays, dayKey, deviceZone, formatDay } from "../../internal/time.ts";
import type { AvailabilityRules, Weekday } from "../../internal/types.ts";
import { button, field, notice, skeleton } from "../../styles/shared.ts";
import "../menu/menu.ts";
import "../zone-select/zone-select.ts";
import type { Holiday, HolidaySource } from "../holiday-import/holiday-import.element.ts";
import { preview, timeOff, travel } from "./availability-editor.absences.ts";
import { bookingRules } from "./availability-editor.rules.ts";
import { overrides, weekPicture, weekRow } from "./availability-editor.rows.ts";
import { hoursStrings } from "./availability-editor.strings.ts";
import { styles } from "./availability-editor.styles.ts";

export class AvailabilityEditorElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, field, notice, skeleton, styles);
  static override parts = ["common", "hours"] as const;

  @property({ attribute: false }) rules: AvailabilityRules | null = null;
  /** True while the host saves. */
  @property({ type: Boolean }) saving = false;
  /** The server's refusal in words. */
  @property() problem = "";
  /** Field name to sentence, from the server's refusal. */
  @property({ attribute: false }) fields: Readonly<Record<string, string>> = {};

  /** A token from `POST /v1/element_tokens` with the permission `managed_availability`, made for this page's origin. */
  @property({ attribute: "element-token" }) elementToken = "";
  /** Where Convene is; empty for the page's own origin. */
  @property({ attribute: "base-url" }) baseUrl = "";
  @property({ attribute: "rule-id" }) ruleId = "default";

  /** Where public holidays come from; without it none are offered. */
  @property({ attribute: false }) holidays: HolidaySource | null = null;
  /** The next starts that others are offered with the saved rules (UTC); null while nobody knows. */
  @property({ attribute: false }) upcoming: readonly string[] | null = null;

  @state() form: HoursForm | null = null;
  @state() isImporting = false;
  #saved: HoursForm | null = null;
  #remote: RuleFeed | null = null;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("elementToken") || changed.has("baseUrl") || changed.has("ruleId")) void this.#connect();
    if (!changed.has("rules") || !this.rules) return;
    const wasSaving = changed.get("saving") === true || this.saving;
    this.form = formFrom(this.rules);
    this.#saved = formFrom(this.rules);
    if (wasSaving) this.announce(hoursStrings().saved);
  }

  /** True while something differs from what was loaded; hosts may ask before leaving. */
  get isDirty(): boolean {
    return this.form !== null && this.#saved !== null && !sameRules(this.form, this.#saved);
  }

  /** The rules as they stand in the form, saved or not; null while something in it is wrong. */
  get draft(): AvailabilityRules | null {
    return this.form && !hasProblems(this.form) ? rulesFrom(this.form) : null;
  }

  /** Changes the form in place and draws it again. */
  change(edit: (form: HoursForm) => void): void {
    if (!this.form) return;
    edit(this.form);
    this.problem = "";
    this.requestUpdate();
    this.emit("convene-hours-change");
  }

  /** Opens or closes the choice of holidays. */
  async toggleImport(): Promise<void> {
    if (!this.isImporting) await this.holidays?.load();
    this.isImporting = !this.isImporting;
    await this.updateComplete;
    const target = this.isImporting ? "cv-holiday-import" : "[aria-expanded]";
    this.renderRoot.querySelector<HTMLElement>(target)?.focus();
  }

  takeHolidays(days: readonly Holiday[]): void {
    let count = 0;
    this.change((form) => (count = addHolidays(form, days)));
    this.announce(hoursStrings().dayCount(count));
    void this.toggleImport();
  }

  addPeriod(periods: Period[]): void {
    this.change(() => periods.push(nextPeriod(periods)));
  }

  endNextDay(day: Weekday, index: number): void {
    this.change((form) => splitAtMidnight(form, day, index));
  }

  /** `to` is a weekday, `workdays` or `every`. */
  copy(from: Weekday, to: string): void {
    const weekend = localePreferences(this.language).weekend;
    const workdays = WEEKDAYS.filter((_, index) => !weekend.includes(index + 1));
    const targets = to === "every" ? WEEKDAYS : to === "workdays" ? workdays : [to as Weekday];
    this.change((form) => copyDay(form, from, targets));
    this.announce(hoursStrings().hoursCopied(this.dayName(from)));
  }

  /** A weekday's name in the reader's language. */
  dayName(day: Weekday, style: "weekday" | "weekdayLong" = "weekdayLong"): string {
    // 2024-01-01 was a Monday.
    return formatDay(addDays("2024-01-01", WEEKDAYS.indexOf(day)), this.language, style);
  }

  get weekdays(): Weekday[] {
    const first = localePreferences(this.language).firstDay - 1;
    return [...WEEKDAYS.slice(first), ...WEEKDAYS.slice(0, first)];
  }

  get today(): string {
    return dayKey(Date.now(), this.form?.tzid ?? "UTC");
  }

  #save(): void {
    if (!this.form || this.saving) return;
    if (hasProblems(this.form)) {
      this.announce(hoursStrings().fixFirst, "assertive");
      this.renderRoot.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
      return;
    }
    const rules = rulesFrom(this.form);
    if (this.#remote) void this.#write(this.#remote, rules);
    else this.emit("convene-save", { rules });
  }

  /** Reads the rule of `/v1`, if there is a token for it. */
  async #connect(): Promise<void> {
    this.#remote = null;
    const { elementToken, baseUrl, ruleId } = this;
    if (!elementToken) return;
    const { connectedRule } = await import("../../controllers/rule-feed.ts");
    if (elementToken !== this.elementToken || baseUrl !== this.baseUrl || ruleId !== this.ruleId) return;
    const remote = (this.#remote = connectedRule(baseUrl, elementToken, ruleId));
    this.problem = "";
    try {
      const rules = await remote.read(deviceZone());
      if (remote === this.#remote) this.rules = rules;
    } catch (error) {
      if (remote === this.#remote) this.#refused(error);
    }
  }

  async #write(remote: RuleFeed, rules: AvailabilityRules): Promise<void> {
    this.saving = true;
    this.problem = "";
    try {
      this.rules = await remote.write(rules);
      this.emit("convene-saved", { rules: this.rules });
    } catch (error) {
      this.#refused(error);
    }
    await this.updateComplete;
    this.saving = false;
  }

  #refused(error: unknown): void {
    const found = toApiError(error);
    this.problem = found.detail;
    this.fields = found.fields;
    this.announce(found.detail, "assertive");
    this.emit("convene-error", { error: found });
  }

  #discard(): void {
    this.change(() => (this.form = formFrom(this.rules!)));
  }

  protected override render() {
    const form = this.form;
    const words = hoursStrings();
    if (!form && this.problem) {
      return html`<div class="notice danger">
          ${icon("warning")}<span class="notice-text">${this.problem}</span>
          <button class="button small" type="button" @click=${() => void this.#connect()}>${words.retry}</button>
        </div>
        ${this.liveRegions()}`;
    }
    if (!form) {
      return html`<div class="pulse" aria-busy="true">
        ${Array.from({ length: 7 }, () => html`<span class="skeleton row-size"></span>`)}
      </div>`;
    }
    return html`
      <section class="part" aria-labelledby="weekly">
        <header>
          <h2 id="weekly">${words.weekly}</h2>
          <cv-zone-select
            label-hidden
            .value=${form.tzid}
            locale=${this.language}
            @cv-change=${(event: CustomEvent<{ tzid: string }>) => {
              event.stopPropagation();
              this.change((current) => (current.tzid = event.detail.tzid));
            }}
          ></cv-zone-select>
        </header>
        <div class="columns">
          <div class="rows">
            ${this.weekdays.map((day) => weekRow(this, form, day))}
          </div>
          ${weekPicture(this, form)}
        </div>
      </section>
      ${this.#remote ? nothing : [
            overrides(this, form),
            timeOff(this, form),
            travel(this, form),
            bookingRules(this, form),
            preview(this, form),
          ]} ${this.#bar(form)} ${this.liveRegions()}
    `;
  }

  #bar(form: HoursForm) {
    const words = hoursStrings();
    if (!this.isDirty && !this.saving && !this.problem) return nothing;
    return html`<div class="bar" part="bar">
      <div class="bar-text">
        ${this.problem
          ? html`<p class="field-error">${icon("warning")}${this.problem}</p>`
          : html`<p>${hasProblems(form) ? words.fixFirst : words.unsaved}</p>`}
      </div>
      <button class="button" type="button" @click=${this.#discard}>${words.discard}</button>
      <button class="button primary" type="button" aria-busy=${this.saving} @click=${this.#save}>
        ${this.saving ? words.saving : words.save}
      </button>
    </div>`;
  }
}
