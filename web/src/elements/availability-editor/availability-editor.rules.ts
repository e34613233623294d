/** The editor's booking rules: notice, buffers (drawn), step, horizon, limits per day and week. */
import { type TemplateResult, html, nothing } from "lit";
import type { HoursForm } from "../../controllers/working-hours.ts";
import { cssProperty } from "../../internal/css-property.ts";
import { icon } from "../../internal/icons.ts";
import { formatDuration } from "../../internal/time.ts";
import type { AvailabilityEditorElement } from "./availability-editor.element.ts";
import { hoursStrings } from "./availability-editor.strings.ts";

const NOTICES = [0, 15, 30, 60, 120, 240, 480, 1440, 2880, 4320, 10080];
const BUFFERS = [0, 5, 10, 15, 20, 30, 45, 60];
const STEPS = [5, 10, 15, 20, 30, 45, 60];
const MAX_HORIZON = 365;
const MAX_LIMIT = { dailyLimit: 50, weeklyLimit: 200 } as const;

type NumberKey = "notice" | "bufferBefore" | "bufferAfter" | "step";

/** The server's names of the fields, for its sentences about them. */
const API_FIELD: Record<NumberKey | "horizon" | "dailyLimit" | "weeklyLimit", string> = {
  notice: "minimum_notice_minutes",
  bufferBefore: "buffer_before_minutes",
  bufferAfter: "buffer_after_minutes",
  step: "start_interval_minutes",
  horizon: "horizon_days",
  dailyLimit: "daily_limit",
  weeklyLimit: "weekly_limit",
};

export function bookingRules(editor: AvailabilityEditorElement, form: HoursForm): TemplateResult {
  const words = hoursStrings();
  return html`<section class="part" aria-labelledby="rules">
    <h2 id="rules">${words.bookingRules}</h2>
    <div class="rules">
      ${choice(editor, form, "notice", words.noticeLabel, NOTICES)}
      ${choice(editor, form, "step", words.stepLabel, STEPS)}
      ${choice(editor, form, "bufferBefore", words.bufferBefore, BUFFERS)}
      ${choice(editor, form, "bufferAfter", words.bufferAfter, BUFFERS)}
      <div class="field">
        <label for="horizon">${words.horizonLabel}</label>
        <span class="with-unit"
          ><input
            id="horizon"
            class="input"
            type="number"
            inputmode="numeric"
            min="1"
            max=${MAX_HORIZON}
            .value=${String(form.horizon)}
            @change=${(event: Event) => editor.change(() => (form.horizon = clamp(event, 1, MAX_HORIZON) ?? form.horizon))}
          /><span class="muted">${words.daysUnit}</span></span
        >
        ${refusal(editor, "horizon")}
      </div>
      ${limit(editor, form, "dailyLimit", words.limitLabel)} ${limit(editor, form, "weeklyLimit", words.weeklyLimitLabel)}
    </div>
    ${bufferPicture(form)}
  </section>`;
}

function limit(
  editor: AvailabilityEditorElement,
  form: HoursForm,
  key: keyof typeof MAX_LIMIT,
  label: string,
): TemplateResult {
  const current = form[key];
  return html`<div class="field">
    <label for=${key}>${label}</label>
    <input
      id=${key}
      class="input"
      type="number"
      inputmode="numeric"
      min="1"
      max=${MAX_LIMIT[key]}
      placeholder=${hoursStrings().noLimit}
      .value=${current === null ? "" : String(current)}
      @change=${(event: Event) => editor.change(() => (form[key] = clamp(event, 1, MAX_LIMIT[key])))}
    />
    ${refusal(editor, key)}
  </div>`;
}

function choice(
  editor: AvailabilityEditorElement,
  form: HoursForm,
  key: NumberKey,
  label: string,
  values: readonly number[],
): TemplateResult {
  const current = form[key];
  const all = [...new Set([...values, current])].sort((a, b) => a - b);
  return html`<div class="field">
    <label for=${key}>${label}</label>
    <select
      id=${key}
      class="input"
      @change=${(event: Event) => editor.change(() => (form[key] = Number((event.target as HTMLSelectElement).value)))}
    >
      ${all.map((value) => html`<option value=${value} ?selected=${value === current}>${spell(value)}</option>`)}
    </select>
    ${refusal(editor, key)}
  </div>`;
}

function refusal(editor: AvailabilityEditorElement, key: keyof typeof API_FIELD) {
  const sentence = editor.fields[API_FIELD[key]];
  return sentence ? html`<p class="field-error">${icon("warning")}${sentence}</p>` : nothing;
}

function spell(minutes: number): string {
  if (minutes === 0) return hoursStrings().none;
  return minutes >= 1440 && minutes % 1440 === 0 ? hoursStrings().dayCount(minutes / 1440) : formatDuration(minutes);
}

/** A whole number in range; null for an empty field. */
function clamp(event: Event, low: number, high: number): number | null {
  const { value } = event.target as HTMLInputElement;
  const number = Math.round(Number(value));
  return value === "" || Number.isNaN(number) ? null : Math.max(low, Math.min(high, number));
}

/** Buffers drawn to scale around an hour: names alone are read the wrong way round. */
function bufferPicture(form: HoursForm): TemplateResult | typeof nothing {
  const words = hoursStrings();
  const { bufferBefore: before, bufferAfter: after } = form;
  if (before === 0 && after === 0) return nothing;
  const label = words.bufferPicture(spell(before), spell(after));
  return html`<figure class="buffers" role="img" aria-label=${label}>
    ${before > 0 ? html`<span class="buffer" ${cssProperty("flex-grow", before)}>${formatDuration(before)}</span>` : nothing}
    <span class="meeting" ${cssProperty("flex-grow", 60)}>${words.meeting}</span>
    ${after > 0 ? html`<span class="buffer" ${cssProperty("flex-grow", after)}>${formatDuration(after)}</span>` : nothing}
  </figure>`;
}
