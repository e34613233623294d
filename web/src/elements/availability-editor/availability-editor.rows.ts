/** The editor's rows: one per weekday, one per overridden date, and the picture of the week beside them. */
import { type TemplateResult, html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { type HoursForm, type Period, endOf, minutesOf, problemsOf } from "../../controllers/working-hours.ts";
import { cssProperty } from "../../internal/css-property.ts";
import { icon } from "../../internal/icons.ts";
import { addDays, formatDay } from "../../internal/time.ts";
import type { Weekday } from "../../internal/types.ts";
import type { Holiday } from "../holiday-import/holiday-import.element.ts";
import type { AvailabilityEditorElement } from "./availability-editor.element.ts";
import { hoursStrings } from "./availability-editor.strings.ts";

export function weekRow(editor: AvailabilityEditorElement, form: HoursForm, day: Weekday): TemplateResult {
  const words = hoursStrings();
  const periods = form.week[day];
  const name = editor.dayName(day);
  const toggle = (on: boolean): void =>
    editor.change(() => (on ? editor.addPeriod(periods) : periods.splice(0, periods.length)));
  return html`<div class="row" role="group" aria-label=${name}>
    <label class="check day-check"
      ><input
        type="checkbox"
        .checked=${periods.length > 0}
        @change=${(event: Event) => toggle((event.target as HTMLInputElement).checked)}
      />${name}</label
    >
    <div class="periods">
      ${periods.length === 0 ? html`<span class="muted off">${words.unavailable}</span>` : nothing}
      ${periodRows(editor, periods, name, (index) => editor.endNextDay(day, index))}
    </div>
    <div class="row-actions">
      <button
        class="button quiet small icon-only"
        type="button"
        aria-label=${words.addPeriod(name)}
        @click=${() => editor.addPeriod(periods)}
      >
        ${icon("plus")}
      </button>
      <cv-menu
        small
        icon-only
        variant="quiet"
        label=${words.copyDayTo(name)}
        .items=${copyTargets(editor, day)}
        @cv-select=${(event: CustomEvent<{ id: string }>) => {
          event.stopPropagation();
          editor.copy(day, event.detail.id);
        }}
        ><span slot="icon">${icon("copy")}</span></cv-menu
      >
    </div>
  </div>`;
}

function copyTargets(editor: AvailabilityEditorElement, day: Weekday) {
  const words = hoursStrings();
  return [
    { id: "workdays", label: words.copyWeekdays },
    { id: "every", label: words.copyEveryDay },
    ...editor.weekdays.filter((other) => other !== day).map((other) => ({ id: other, label: editor.dayName(other) })),
  ];
}

/** The time fields of one day with what is wrong beneath each. */
function periodRows(
  editor: AvailabilityEditorElement,
  periods: Period[],
  name: string,
  endNextDay: ((index: number) => void) | null,
): TemplateResult[] {
  const words = hoursStrings();
  const problems = problemsOf(periods);
  return periods.map((period, index) => {
    const problem = problems[index] ?? null;
    const id = `problem-${name.replaceAll(/[^\p{L}\p{N}]/gu, "")}-${index}`;
    // A half-typed time reads as empty: it is compared with what the field holds, so that it is not wiped meanwhile.
    const input = (key: "start" | "end", label: string): TemplateResult => html`<input
      class="input time-input"
      type="time"
      aria-label=${label}
      aria-invalid=${problem !== null}
      aria-describedby=${problem ? id : nothing}
      .value=${live(period[key] === "24:00" ? "00:00" : period[key])}
      @change=${(event: Event) => editor.change(() => (period[key] = (event.target as HTMLInputElement).value))}
    />`;
    return html`<div class="period">
      ${input("start", words.startOf(name))}<span aria-hidden="true">–</span>${input("end", words.endOf(name))}
      <button
        class="button quiet small icon-only remove"
        type="button"
        aria-label=${words.removePeriod(name, period.start, period.end)}
        @click=${() => editor.change(() => periods.splice(index, 1))}
      >
        ${icon("close")}
      </button>
      ${problem
        ? html`<p class="field-error" id=${id}>
            ${icon("warning")}<span>${words.periodProblem[problem]}</span>
            ${problem === "end_before_start" && endNextDay
              ? html`<button class="button small" type="button" @click=${() => endNextDay(index)}>${words.endsNextDay}</button>`
              : nothing}
          </p>`
        : nothing}
    </div>`;
  });
}

// ---- dates ----

export function overrides(editor: AvailabilityEditorElement, form: HoursForm): TemplateResult {
  const words = hoursStrings();
  const add = (): void =>
    editor.change(() => {
      const last = form.overrides.map((override) => override.date).sort().at(-1) ?? editor.today;
      form.overrides.push({ date: addDays(last > editor.today ? last : editor.today, 1), periods: [], name: "" });
    });
  return html`<section class="part" aria-labelledby="overrides">
    <header>
      <div>
        <h2 id="overrides">${words.overrides}</h2>
        <p class="hint">${words.overridesHint}</p>
      </div>
      <div class="header-actions">
        ${editor.holidays
          ? html`<button
              class="button small"
              type="button"
              aria-expanded=${editor.isImporting}
              @click=${() => void editor.toggleImport()}
            >
              ${icon("calendar")}${words.importHolidays}
            </button>`
          : nothing}
        <button class="button small" type="button" @click=${add}>${icon("plus")}${words.addDate}</button>
      </div>
    </header>
    ${editor.isImporting
      ? html`<cv-holiday-import
          .source=${editor.holidays}
          .taken=${form.overrides.map((override) => override.date)}
          .today=${editor.today}
          locale=${editor.language}
          @cv-close=${(event: Event) => {
            event.stopPropagation();
            void editor.toggleImport();
          }}
          @cv-import=${(event: CustomEvent<{ days: Holiday[] }>) => {
            event.stopPropagation();
            editor.takeHolidays(event.detail.days);
          }}
        ></cv-holiday-import>`
      : nothing}
    ${form.overrides.length === 0
      ? html`<p class="muted">${words.noOverrides}</p>`
      : html`<div class="rows">
          ${form.overrides.map((_, index) => overrideRow(editor, form, index))}
        </div>`}
  </section>`;
}

function overrideRow(editor: AvailabilityEditorElement, form: HoursForm, index: number): TemplateResult {
  const words = hoursStrings();
  const override = form.overrides[index];
  if (!override) return html``;
  const { date, periods } = override;
  const day = date ? formatDay(date, editor.language, "full") : words.overrideDate;
  const name = override.name ? `${day}, ${override.name}` : day;
  const duplicate = date !== "" && form.overrides.findIndex((other) => other.date === date) < index;
  const problem = duplicate ? words.duplicateDate : date ? "" : words.missingDate;
  return html`<div class="row" role="group" aria-label=${name}>
    <div class="date-field">
      <input
        class="input"
        type="date"
        aria-label=${words.overrideDate}
        aria-invalid=${problem !== ""}
        aria-describedby=${problem ? `date-problem-${index}` : nothing}
        min=${editor.today}
        .value=${live(date)}
        @change=${(event: Event) => editor.change(() => (override.date = (event.target as HTMLInputElement).value))}
      />
      ${override.name ? html`<p class="holiday">${override.name}</p>` : nothing}
      ${problem ? html`<p class="field-error" id="date-problem-${index}">${icon("warning")}${problem}</p>` : nothing}
    </div>
    <div class="periods">
      ${periods.length === 0 ? html`<span class="muted off">${words.dayOff}</span>` : nothing}
      ${periodRows(editor, periods, name, null)}
    </div>
    <div class="row-actions">
      <button
        class="button quiet small icon-only"
        type="button"
        aria-label=${words.addPeriod(name)}
        @click=${() => editor.addPeriod(periods)}
      >
        ${icon("plus")}
      </button>
      <button
        class="button quiet small icon-only"
        type="button"
        aria-label=${words.removeDate(name)}
        @click=${() => editor.change(() => form.overrides.splice(index, 1))}
      >
        ${icon("trash")}
      </button>
    </div>
  </div>`;
}

// ---- the picture ----

/** The week drawn from the rows; decoration, because the rows say it all. */
export function weekPicture(editor: AvailabilityEditorElement, form: HoursForm): TemplateResult {
  const hours = [0, 6, 12, 18, 24];
  return html`<div class="picture" aria-hidden="true">
    <div class="picture-hours">${hours.map((hour) => html`<span ${cssProperty("inset-block-start", `${(hour / 24) * 100}%`)}>${hour}</span>`)}</div>
    ${editor.weekdays.map(
      (day) => html`<div class="picture-day">
        <div class="picture-column">
          ${form.week[day].map((period) => {
            const from = minutesOf(period.start);
            const to = minutesOf(endOf(period.end));
            if (!(to > from)) return nothing;
            return html`<i
              ${cssProperty("inset-block-start", `${(from / 1440) * 100}%`)}
              ${cssProperty("block-size", `${((to - from) / 1440) * 100}%`)}
            ></i>`;
          })}
        </div>
        <span>${editor.dayName(day, "weekday").slice(0, 2)}</span>
      </div>`,
    )}
  </div>`;
}
