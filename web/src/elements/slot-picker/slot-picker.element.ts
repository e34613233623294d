/**
 * `<convene-slot-picker>`: choose a day, then a time. A strip of days or a month, with the day's times below.
 *
 * Feed it with `slots` (UTC start and end), `tzid`, optionally `other-tzid` and `other-name`; or with a `source` that
 * knows more (the booking modal does). Events: `convene-slot-select` `{start, end, confirm}`, `convene-day-change`
 * `{day}`, `convene-range-needed` `{day}`: load until this day.
 */
import { html, nothing, type PropertyValues } from "lit";
import { property, query, state } from "lit/decorators.js";
import { ConveneElement } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { isTyping } from "../../internal/keyboard.ts";
import { strings } from "../../internal/strings.ts";
import {
  type DayKey,
  addDays,
  dayKey,
  daysBetween,
  deviceZone,
  formatDay,
  friendlyDay,
  formatTime,
  sameOffsets,
} from "../../internal/time.ts";
import type { Slot } from "../../internal/types.ts";
import { button, skeleton } from "../../styles/shared.ts";
import "../day-strip/day-strip.ts";
import "../month-grid/month-grid.ts";
import type { SlotListElement, SlotState } from "../slot-list/slot-list.element.ts";
import "../slot-list/slot-list.ts";
import { styles } from "./slot-picker.styles.ts";

/** What the picker asks about days; `slots` alone is turned into one of these. */
export interface SlotSource {
  days: readonly DayKey[];
  loadedTo: DayKey;
  countOf(day: DayKey): number;
  slotsOf(day: DayKey): readonly Slot[];
  stateOf(start: string): SlotState;
  firstFreeFrom(day: DayKey): Slot | null;
}

export class SlotPickerElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, skeleton, styles);

  @property({ attribute: false }) slots: readonly Slot[] = [];
  @property({ attribute: false }) source: SlotSource | null = null;
  @property() tzid = "";
  @property({ attribute: "other-tzid" }) otherTzid = "";
  @property({ attribute: "other-name" }) otherName = "";
  @property() viewer = "";
  /** `start` of the chosen slot. */
  @property() value = "";
  @property() day: DayKey = "";
  @property({ type: Boolean }) loading = false;
  @property({ type: Boolean, attribute: "loading-more" }) loadingMore = false;
  @property() heading = "";
  /** One line above the times: a change of clocks, for instance. */
  @property() notice = "";

  @state() private view: "strip" | "month" = "strip";
  @query("cv-slot-list") private list!: SlotListElement;

  get #zone(): string {
    return this.tzid || deviceZone();
  }

  get #today(): DayKey {
    return dayKey(Date.now(), this.#zone);
  }

  #ownSource: SlotSource | null = null;

  get #source(): SlotSource {
    return this.source ?? (this.#ownSource ??= sourceOf(this.slots, this.#zone, this.#today));
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("slots") || changed.has("tzid")) this.#ownSource = null;
    if (!this.source && !this.day && this.slots[0]) this.day = dayKey(this.slots[0].start, this.#zone);
  }

  /** Focuses the times of the shown day. */
  focusSlots(): void {
    this.list?.focus();
  }

  async #show(view: "strip" | "month"): Promise<void> {
    this.view = view;
    await this.updateComplete;
    const month = this.renderRoot.querySelector("cv-month-grid");
    await month?.updateComplete;
    month?.scrollIntoView({ block: "nearest" });
  }

  #setDay(day: DayKey): void {
    this.day = day;
    this.emit("convene-day-change", { day });
  }

  #onMonthDay(day: DayKey): void {
    this.#setDay(day);
    this.view = "strip";
    // The times replace the month, so on a phone a press visibly does something.
    void this.updateComplete.then(() => this.focusSlots());
  }

  #onSlot(slot: Slot, confirm: boolean): void {
    this.value = slot.start;
    this.emit("convene-slot-select", { ...slot, confirm });
  }

  #need(day: DayKey): void {
    this.emit("convene-range-needed", { day });
  }

  #onKeydown = (event: KeyboardEvent): void => {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const days = this.#source.days;
    const index = days.indexOf(this.day);
    const to = { t: days[0], j: days[index + 1], k: days[index - 1] }[event.key];
    if (event.key === "j" && index === days.length - 1) this.#need(addDays(this.day, 1));
    if (to) this.#setDay(to);
  };

  protected override render() {
    const words = strings();
    const month = this.view === "month";
    return html`
      <div class="picker" @keydown=${this.#onKeydown}>
        <div class="bar">
          <h3>${this.heading || words.pickDay}</h3>
          <button
            class="button quiet small"
            type="button"
            aria-expanded=${month}
            ?hidden=${this.loading}
            @click=${() => void this.#show(month ? "strip" : "month")}
          >
            ${icon("calendar")}${month ? words.showDays : words.showMonth}
          </button>
        </div>
        ${this.loading ? this.#skeletons() : month ? this.#month() : this.#days()}
      </div>
    `;
  }

  #skeletons() {
    return html`
      <div class="strip-skeleton" aria-hidden="true">
        ${Array.from({ length: 6 }, () => html`<span class="skeleton"></span>`)}
      </div>
      <cv-slot-list skeletons="8"></cv-slot-list>
    `;
  }

  #month() {
    return html`<cv-month-grid
      .value=${this.day}
      today=${this.#today}
      loaded-to=${this.#source.loadedTo}
      .countOf=${(day: DayKey) => this.#source.countOf(day)}
      locale=${this.language}
      @cv-day=${(event: CustomEvent<{ day: DayKey }>) => this.#onMonthDay(event.detail.day)}
      @cv-range=${(event: CustomEvent<{ day: DayKey }>) => this.#need(event.detail.day)}
    ></cv-month-grid>`;
  }

  #days() {
    const source = this.#source;
    const words = strings();
    const slots = source.slotsOf(this.day);
    const waiting = this.day >= source.loadedTo;
    const label = words.timesOn(formatDay(this.day || this.#today, this.language, "long"));
    return html`
      <cv-day-strip
        exportparts="day"
        .days=${source.days}
        .countOf=${(day: DayKey) => source.countOf(day)}
        .value=${this.day}
        today=${this.#today}
        locale=${this.language}
        ?busy=${this.loadingMore}
        @cv-day=${(event: CustomEvent<{ day: DayKey }>) => this.#setDay(event.detail.day)}
        @cv-more=${() => this.#need(source.loadedTo)}
      ></cv-day-strip>
      ${this.notice ? html`<p class="clocks">${icon("clock")}<span>${this.notice}</span></p>` : nothing}
      <div role="tabpanel" aria-label=${label}>
        ${slots.length > 0 || waiting
          ? html`<cv-slot-list
              exportparts="slot"
              .slots=${slots}
              .stateOf=${(start: string) => source.stateOf(start)}
              .value=${this.value}
              label=${label}
              locale=${this.language}
              .hourCycle=${this.hourCycle}
              tzid=${this.#zone}
              other-tzid=${this.#secondZone}
              other-name=${this.otherName}
              viewer=${this.viewer}
              skeletons=${waiting ? 8 : 0}
              @cv-slot=${(event: CustomEvent<{ slot: Slot; confirm: boolean }>) =>
                this.#onSlot(event.detail.slot, event.detail.confirm)}
            ></cv-slot-list>`
          : this.#emptyDay()}
      </div>
    `;
  }

  /** The other zone, unless both clocks agree at every time on offer. */
  get #secondZone(): string {
    if (!this.otherTzid) return "";
    const starts = this.#source.days.flatMap((day) => this.#source.slotsOf(day).map((slot) => slot.start));
    return sameOffsets(starts, this.#zone, this.otherTzid) ? "" : this.otherTzid;
  }

  #emptyDay() {
    const words = strings();
    const next = this.#source.firstFreeFrom(this.day);
    const target = next && dayKey(next.start, this.#zone);
    return html`<div class="empty">
      <p>${words.emptyDay(friendlyDay(this.day, this.#today, this.language))}</p>
      ${next && target
        ? html`<button class="button small" type="button" @click=${() => this.#setDay(target)}>
            ${words.nextFree(
              friendlyDay(target, this.#today, this.language),
              formatTime(next.start, this.#zone, this.language, this.clock),
            )}
          </button>`
        : html`<button class="button small" type="button" @click=${() => this.#need(this.#source.loadedTo)}>
            ${words.lookFurther}
          </button>`}
    </div>`;
  }
}

/** A source over a plain list of slots. */
function sourceOf(slots: readonly Slot[], tzid: string, today: DayKey): SlotSource {
  const days = new Map<DayKey, Slot[]>();
  for (const slot of slots) {
    const day = dayKey(slot.start, tzid);
    days.set(day, [...(days.get(day) ?? []), slot]);
  }
  const last = [...days.keys()].sort().at(-1) ?? today;
  const loadedTo = addDays(last, 1);
  const count = Math.max(1, daysBetween(today, loadedTo));
  return {
    days: Array.from({ length: count }, (_, index) => addDays(today, index)),
    loadedTo,
    countOf: (day) => days.get(day)?.length ?? 0,
    slotsOf: (day) => days.get(day) ?? [],
    stateOf: () => "free",
    firstFreeFrom: (day) => slots.find((slot) => dayKey(slot.start, tzid) >= day) ?? null,
  };
}
