/** The overlay's week: hours at the side, a column and a list per day. One markup; on narrow screens the lists remain. */
import { type TemplateResult, html, nothing } from "lit";
import type { WeekFeed } from "../../controllers/week-feed.ts";
import {
  type BusyStretch,
  DAY_MINUTES,
  ROW_MINUTES,
  type SlotStretch,
  type Stretch,
  type WeekDay,
  hourPixels,
  otherClocks,
} from "../../controllers/week.ts";
import { cssProperty } from "../../internal/css-property.ts";
import { shortName } from "../../internal/people.ts";
import { strings } from "../../internal/strings.ts";
import { type DayKey, formatDay, formatTime, friendlyDay, wallToInstant, wallTime, zoneCity } from "../../internal/time.ts";
import type { WeekOverlayElement } from "./week-overlay.element.ts";
import { overlayStrings } from "./week-overlay.strings.ts";

interface Hours {
  from: number;
  to: number;
}

/** What the patterns mean; only those that are on the screen. */
export function legend(overlay: WeekOverlayElement): TemplateResult {
  const words = overlayStrings();
  const { others } = overlay;
  const answer = overlay.feed?.answer;
  const them = others.length === 1 ? words.legendThem(shortName(overlay.other.name)) : words.legendAnybody;
  const item = (kind: string, text: string): TemplateResult =>
    html`<li><span class="swatch ${kind}" aria-hidden="true"></span>${text}</li>`;
  const isUnknown = answer?.participants.some((person) => !person.busy);
  const hasOutside = answer?.slots.some((found) => found.outside_hours?.includes(overlay.me.sub));
  return html`<ul class="legend" role="list" aria-label=${words.legend}>
    ${item("bookable", words.legendSlot)} ${hasOutside ? item("bookable outside-hours", words.legendOutside) : nothing}
    ${item("mine", words.legendYou)} ${item("theirs", them)}
    ${isUnknown ? item("not-known", words.legendUnknown) : nothing}
    <li class="in-grid"><span class="swatch shut" aria-hidden="true"></span>${words.legendClosed}</li>
  </ul>`;
}

export function week(overlay: WeekOverlayElement, feed: WeekFeed, days: readonly WeekDay[]): TemplateResult {
  const hours = days.length > 0 ? overlay.hours : { from: 9, to: 17 };
  const rows = ((hours.to - hours.from) * 60) / ROW_MINUTES;
  const row = (hourPixels(days) * ROW_MINUTES) / 60;
  const shown: readonly DayKey[] = feed.days;
  const reference = shown.find((day) => day >= overlay.today) ?? shown[0] ?? overlay.today;
  const clocks = otherClocks(overlay.others, overlay.zone, wallToInstant(reference, "12:00", overlay.zone).getTime());
  const tabStop = tabStopOf(overlay, days);
  return html`<div
    class="week"
    ${cssProperty("--rows", rows)}
    ${cssProperty("--row", `${row}px`)}
    ${cssProperty("--rails", 1 + clocks.length)}
    @keydown=${(event: KeyboardEvent) => onKey(overlay, days, event)}
  >
    ${clocks.map((person) => rail(overlay, hours, reference, person.tzid, shortName(person.name)))}
    ${rail(overlay, hours, reference, overlay.zone, overlayStrings().weekYou)}
    ${shown.map((day) => {
      const found = days.find((other) => other.day === day);
      return found ? column(overlay, found, hours, tabStop) : waiting(overlay, day);
    })}
  </div>`;
}

/** The hours of one clock. Names of times carry both clocks, so these are for the eye alone. */
function rail(overlay: WeekOverlayElement, hours: Hours, day: DayKey, tzid: string, name: string): TemplateResult {
  const marks = Array.from({ length: hours.to - hours.from }, (_, index) => hours.from + index);
  return html`<div class="rail" aria-hidden="true">
    <p class="head"><b><bdi>${name}</bdi></b><span>${zoneCity(tzid)}</span></p>
    <div class="marks">
      ${marks.map((hour) => {
        const instant = wallToInstant(day, `${String(hour).padStart(2, "0")}:00`, overlay.zone);
        return html`<span class="time">${hourText(overlay, instant, tzid)}</span>`;
      })}
    </div>
  </div>`;
}

/** "14", or "2 PM": minutes only where the zone has them. */
function hourText(overlay: WeekOverlayElement, instant: Date, tzid: string): string {
  const text = formatTime(instant, tzid, overlay.language, overlay.clock);
  return wallTime(instant, tzid).minute === 0 && /\u00a0\p{L}/u.test(text) ? text.replace(/[:.]00/, "") : text;
}

function head(overlay: WeekOverlayElement, day: DayKey): TemplateResult {
  const isToday = day === overlay.today;
  return html`<h4 class="head ${isToday ? "today" : ""}" id="day-${day}" aria-current=${isToday ? "date" : nothing}>
    <span class="in-grid">${isToday ? strings().today : formatDay(day, overlay.language, "short")}</span>
    <span class="in-list">${friendlyDay(day, overlay.today, overlay.language, "long")}</span>
  </h4>`;
}

function waiting(overlay: WeekOverlayElement, day: DayKey): TemplateResult {
  return html`<section class="day ${day < overlay.today ? "past" : ""}" aria-labelledby="day-${day}">
    ${head(overlay, day)}
    <div class="track"><span class="skeleton pulse"></span></div>
  </section>`;
}

function column(overlay: WeekOverlayElement, found: WeekDay, hours: Hours, tabStop: string): TemplateResult {
  const { day } = found;
  const past = day < overlay.today;
  const items = [
    ...found.mine.map((stretch) => ({ stretch, draw: () => busy(overlay, stretch, hours, true) })),
    ...found.theirs.map((stretch) => ({ stretch, draw: () => busy(overlay, stretch, hours, false) })),
    ...found.slots.map((stretch) => ({ stretch, draw: () => slot(overlay, stretch, hours, stretch.start === tabStop) })),
  ].sort((a, b) => a.stretch.from - b.stretch.from);
  return html`<section class="day ${past ? "past" : ""}" aria-labelledby="day-${day}">
    ${head(overlay, day)}
    <div class="track">
      ${found.closed.map(
        (stretch) => html`<span class="closed ${isOutside(stretch, hours)}" aria-hidden="true" ${lines(stretch, hours)}></span>`,
      )}
      ${past ? nothing : unknownLanes(overlay)}
      <ol class="items" role="list">
        ${items.map((item) => item.draw())}
        ${found.slots.length > 0
          ? nothing
          : html`<li class="nothing">${past ? overlayStrings().pastDay : overlayStrings().nothingThisDay}</li>`}
      </ol>
    </div>
  </section>`;
}

/** Grid lines of a stretch, cut to the drawn hours, rounded outward. */
function lines(stretch: Stretch, hours: Hours) {
  const line = (minute: number, round: (value: number) => number): number =>
    round((Math.min(Math.max(minute, hours.from * 60), hours.to * 60) - hours.from * 60) / ROW_MINUTES) + 1;
  const from = line(stretch.from, Math.floor);
  return cssProperty("--lines", `${from} / ${Math.max(from + 1, line(stretch.to, Math.ceil))}`);
}

function isOutside(stretch: Stretch, hours: Hours): string {
  return stretch.to <= hours.from * 60 || stretch.from >= hours.to * 60 ? "outside" : "";
}

/** The lanes of people who are not known: covered from top to bottom, because blank would look free. */
function unknownLanes(overlay: WeekOverlayElement): TemplateResult[] {
  const unknown = (overlay.feed?.answer?.participants ?? []).filter((person) => !person.busy);
  const words = overlayStrings();
  return unknown.map((person) => {
    const mine = person.sub === overlay.me.sub;
    return html`<p class="unknown ${mine ? "mine-lane" : "theirs-lane"}">
      <span>${words.notKnown(mine ? words.weekYou : shortName(person.name))}</span>
    </p>`;
  });
}

function busy(overlay: WeekOverlayElement, stretch: BusyStretch, hours: Hours, mine: boolean): TemplateResult {
  const words = overlayStrings();
  const time = overlay.rangeText(stretch.start, stretch.end);
  const names = strings().names(stretch.people);
  const said = mine
    ? words[stretch.isTentative ? "tentativeYou" : "busyYou"](time)
    : words[stretch.isTentative ? "tentativeThem" : "busyThem"](names, stretch.people.length, time);
  const label = mine ? words.weekYou : stretch.people.length > 1 ? strings().moreThan(stretch.people[0] ?? "", stretch.people.length - 1) : names;
  const size = stretch.to - stretch.from < 20 ? "tiny" : "";
  return html`<li
    class="busy ${mine ? "mine" : "theirs"} ${stretch.isTentative ? "tentative" : ""} ${size} ${isOutside(stretch, hours)}"
    title=${said}
    ${lines(stretch, hours)}
  >
    <span class="short" aria-hidden="true"><bdi>${stretch.isTentative ? words.perhaps(label) : label}</bdi></span>
    <span class="full">${said}</span>
  </li>`;
}

function slot(overlay: WeekOverlayElement, stretch: SlotStretch, hours: Hours, isTabStop: boolean): TemplateResult {
  const words = strings();
  const time = overlay.timeOf(stretch.start);
  const chosen = overlay.chosen?.start === stretch.start;
  const current = overlay.isCurrent(stretch.start);
  const outside = stretch.slot.outside_hours?.includes(overlay.me.sub)
    ? words[stretch.from < DAY_MINUTES / 2 ? "earlyForYou" : "lateForYou"]
    : "";
  const said = [time.label, outside, current ? words.currentTimeLabel : "", chosen ? overlayStrings().chosenMark : ""];
  const pressed = { from: stretch.from, to: stretch.from + stretch.step, start: stretch.start, end: stretch.end };
  return html`<li class="offer" ${lines(pressed, hours)}>
    <button
      class="slot ${chosen ? "chosen" : ""} ${current ? "current" : ""} ${outside ? "outside-hours" : ""}"
      type="button"
      aria-pressed=${chosen}
      aria-disabled=${current ? "true" : nothing}
      tabindex=${isTabStop ? 0 : -1}
      data-start=${stretch.start}
      ${cssProperty("--length", (stretch.to - stretch.from) / ROW_MINUTES)}
      @click=${() => overlay.choose(stretch.slot, false)}
    >
      <span class="visually-hidden">${said.filter(Boolean).join(", ")}</span>
      <b aria-hidden="true">${time.primary}</b>
      ${time.secondary === null ? nothing : html`<span class="second" aria-hidden="true">${time.secondary}</span>`}
    </button>
  </li>`;
}

// ---- keys: one tab stop for the week; arrows walk along a day and across days ----

function tabStopOf(overlay: WeekOverlayElement, days: readonly WeekDay[]): string {
  const starts = days.flatMap((day) => day.slots.map((found) => found.start));
  const wanted = [overlay.focused, overlay.chosen?.start ?? ""].find((start) => starts.includes(start));
  return wanted ?? starts[0] ?? "";
}

function onKey(overlay: WeekOverlayElement, days: readonly WeekDay[], event: KeyboardEvent): void {
  const start = (event.target as HTMLElement).dataset["start"];
  if (!start || event.ctrlKey || event.metaKey || event.altKey) return;
  const column = days.findIndex((day) => day.slots.some((found) => found.start === start));
  const day = days[column];
  const index = day?.slots.findIndex((found) => found.start === start) ?? -1;
  const here = day?.slots[index];
  if (!day || !here) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    overlay.choose(here.slot, event.key === "Enter");
    return;
  }
  const forward = overlay.direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  const back = overlay.direction === "rtl" ? "ArrowRight" : "ArrowLeft";
  const targets: Record<string, () => SlotStretch | undefined> = {
    ArrowDown: () => day.slots[index + 1],
    ArrowUp: () => day.slots[index - 1],
    Home: () => day.slots[0],
    End: () => day.slots.at(-1),
    [forward]: () => nearest(days.slice(column + 1), here.from),
    [back]: () => nearest(days.slice(0, column).reverse(), here.from),
  };
  const target = targets[event.key]?.();
  if (!(event.key in targets)) return;
  event.preventDefault();
  if (!target) return;
  overlay.focused = target.start;
  void overlay.updateComplete.then(() =>
    overlay.renderRoot.querySelector<HTMLElement>(`.slot[data-start="${target.start}"]`)?.focus(),
  );
}

/** The time closest to a minute of the day, on the first of these days with a time. */
function nearest(days: readonly WeekDay[], minute: number): SlotStretch | undefined {
  const day = days.find((other) => other.slots.length > 0);
  return day && [...day.slots].sort((a, b) => Math.abs(a.from - minute) - Math.abs(b.from - minute))[0];
}
