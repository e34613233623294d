/** The editor's stretches of days: time off, travel, and what others are offered in between. */
import { type TemplateResult, html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import {
  type Absence,
  type HoursForm,
  type Trip,
  isWholeDays,
  problemOf,
  problemsOfTravel,
} from "../../controllers/working-hours.ts";
import { icon } from "../../internal/icons.ts";
import { addDays, formatDay, formatDayOf, formatTime, zoneCity } from "../../internal/time.ts";
import type { AvailabilityEditorElement } from "./availability-editor.element.ts";
import { hoursStrings } from "./availability-editor.strings.ts";

type Stretch = Absence | Trip;
type DayField = "from" | "until";
type TimeField = "fromTime" | "untilTime";

export function timeOff(editor: AvailabilityEditorElement, form: HoursForm): TemplateResult {
  const words = hoursStrings();
  const add = (): void => {
    const from = addDays(editor.today, 1);
    editor.change(() =>
      form.timeOff.push({ from, until: from, fromTime: "", untilTime: "", note: "", exact: null }),
    );
  };
  return section("time-off", words.timeOff, words.timeOffHint, words.addTimeOff, add, words.noTimeOff, [
    ...form.timeOff.map((absence, index) => absenceRow(editor, form, absence, index)),
  ]);
}

export function travel(editor: AvailabilityEditorElement, form: HoursForm): TemplateResult {
  const words = hoursStrings();
  const problems = problemsOfTravel(form.travel);
  const add = (): void => {
    const last = form.travel.map((trip) => trip.until).sort().at(-1) ?? editor.today;
    const from = addDays(last > editor.today ? last : editor.today, 1);
    editor.change(() => form.travel.push({ from, until: addDays(from, 1), tzid: form.tzid }));
  };
  return section("travel", words.travel, words.travelHint, words.addTravel, add, words.noTravel, [
    ...form.travel.map((trip, index) => tripRow(editor, form, trip, index, problems[index] ?? null)),
  ]);
}

function section(
  id: string,
  title: string,
  hint: string,
  addLabel: string,
  add: () => void,
  empty: string,
  rows: TemplateResult[],
): TemplateResult {
  return html`<section class="part" aria-labelledby=${id}>
    <header>
      <div>
        <h2 id=${id}>${title}</h2>
        <p class="hint">${hint}</p>
      </div>
      <button class="button small" type="button" @click=${add}>${icon("plus")}${addLabel}</button>
    </header>
    ${rows.length === 0 ? html`<p class="muted">${empty}</p>` : html`<div class="rows">${rows}</div>`}
  </section>`;
}

function absenceRow(
  editor: AvailabilityEditorElement,
  form: HoursForm,
  absence: Absence,
  index: number,
): TemplateResult {
  const words = hoursStrings();
  const problem = problemOf(absence);
  const id = `time-off-problem-${index}`;
  const name = nameOf(editor, absence, words.timeOff);
  const whole = isWholeDays(absence);
  const edit = (change: () => void): void =>
    editor.change(() => {
      absence.exact = null;
      change();
    });
  return html`<div class="stretch" role="group" aria-label=${name}>
    <div class="stretch-fields">
      ${dayField(absence, "from", words.timeOffFrom, problem, id, edit)}
      ${whole ? nothing : timeField(absence, "fromTime", words.fromTime, problem, id, edit)}
      ${dayField(absence, "until", words.timeOffUntil, problem, id, edit)}
      ${whole ? nothing : timeField(absence, "untilTime", words.untilTime, problem, id, edit)}
      <label class="check"
        ><input
          type="checkbox"
          .checked=${whole}
          @change=${(event: Event) =>
            edit(() => {
              const on = (event.target as HTMLInputElement).checked;
              absence.fromTime = on ? "" : "09:00";
              absence.untilTime = on ? "" : "17:00";
            })}
        />${words.wholeDays}</label
      >
      <div class="field wide">
        <label for="note-${index}">${words.noteLabel}</label>
        <input
          id="note-${index}"
          class="input"
          maxlength="200"
          placeholder=${words.notePlaceholder}
          .value=${live(absence.note)}
          @change=${(event: Event) => editor.change(() => (absence.note = (event.target as HTMLInputElement).value))}
        />
      </div>
    </div>
    ${removal(words.removeTimeOff(name), () => editor.change(() => form.timeOff.splice(index, 1)))}
    ${problem ? html`<p class="field-error" id=${id}>${icon("warning")}${words.stretchProblem[problem]}</p>` : nothing}
  </div>`;
}

function tripRow(
  editor: AvailabilityEditorElement,
  form: HoursForm,
  trip: Trip,
  index: number,
  problem: keyof ReturnType<typeof hoursStrings>["stretchProblem"] | null,
): TemplateResult {
  const words = hoursStrings();
  const id = `travel-problem-${index}`;
  const name = `${zoneCity(trip.tzid)}, ${nameOf(editor, trip, words.travel)}`;
  const edit = (change: () => void): void => editor.change(change);
  return html`<div class="stretch" role="group" aria-label=${name}>
    <div class="stretch-fields">
      ${dayField(trip, "from", words.travelFrom, problem, id, edit)}
      ${dayField(trip, "until", words.travelUntil, problem, id, edit)}
      <cv-zone-select
        class="wide"
        .value=${trip.tzid}
        locale=${editor.language}
        @cv-change=${(event: CustomEvent<{ tzid: string }>) => {
          event.stopPropagation();
          edit(() => (trip.tzid = event.detail.tzid));
        }}
      ></cv-zone-select>
    </div>
    ${removal(words.removeTravel(name), () => editor.change(() => form.travel.splice(index, 1)))}
    ${problem ? html`<p class="field-error" id=${id}>${icon("warning")}${words.stretchProblem[problem]}</p>` : nothing}
  </div>`;
}

function dayField(
  stretch: Stretch,
  key: DayField,
  label: string,
  problem: string | null,
  problemId: string,
  edit: (change: () => void) => void,
): TemplateResult {
  return html`<label class="field"
    ><span>${label}</span
    ><input
      class="input"
      type="date"
      aria-invalid=${problem !== null}
      aria-describedby=${problem ? problemId : nothing}
      .value=${live(stretch[key])}
      @change=${(event: Event) => {
        const { value } = event.target as HTMLInputElement;
        edit(() => {
          const isSingle = stretch.from === stretch.until;
          stretch[key] = value;
          // Moving the first day of a single day moves the day.
          if (key === "from" && (isSingle || stretch.until < value)) stretch.until = value;
        });
      }}
  /></label>`;
}

function timeField(
  absence: Absence,
  key: TimeField,
  label: string,
  problem: string | null,
  problemId: string,
  edit: (change: () => void) => void,
): TemplateResult {
  return html`<label class="field"
    ><span>${label}</span
    ><input
      class="input"
      type="time"
      aria-invalid=${problem !== null}
      aria-describedby=${problem ? problemId : nothing}
      .value=${live(absence[key])}
      @change=${(event: Event) => {
        const { value } = event.target as HTMLInputElement;
        edit(() => (absence[key] = value));
      }}
  /></label>`;
}

function removal(label: string, remove: () => void): TemplateResult {
  return html`<button class="button quiet small icon-only" type="button" aria-label=${label} @click=${remove}>
    ${icon("trash")}
  </button>`;
}

function nameOf(editor: AvailabilityEditorElement, stretch: Stretch, otherwise: string): string {
  if (!stretch.from || !stretch.until) return otherwise;
  const from = formatDay(stretch.from, editor.language, "full");
  return stretch.from === stretch.until ? from : `${from} – ${formatDay(stretch.until, editor.language, "full")}`;
}

/** The next times that others are offered, so that nobody has to guess what the rules add up to. */
export function preview(editor: AvailabilityEditorElement, form: HoursForm): TemplateResult | typeof nothing {
  const words = hoursStrings();
  const starts = editor.upcoming;
  if (starts === null) return nothing;
  const zone = form.tzid;
  return html`<section class="part" aria-labelledby="preview">
    <div>
      <h2 id="preview">${words.preview}</h2>
      <p class="hint">${words.previewHint} ${zoneCity(zone)}</p>
    </div>
    ${starts.length === 0
      ? html`<p class="muted">${words.previewEmpty}</p>`
      : html`<ul class="offers">
          ${starts.map(
            (start) =>
              html`<li>${formatDayOf(start, zone, editor.language)}, ${formatTime(start, zone, editor.language)}</li>`,
          )}
        </ul>`}
  </section>`;
}
