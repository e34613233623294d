/**
 * `<connect-free-week>`: days of shared time. A column per day where there is room, busy time shaded and what can be
 * chosen as buttons; a list of days where there is not. `connect-pick` `{slot}` when a time is pressed.
 *
 * One tab stop; arrow keys walk along a day and across days. Names of times carry both clocks.
 */
import { type PropertyValues, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { DAY_MINUTES, ROW_MINUTES, type SlotStretch, type Stretch } from "../../controllers/week.ts";
import { cssProperty } from "../../internal/css-property.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import {
  type DayKey,
  dayKey,
  dualTime,
  formatDay,
  formatTime,
  formatTimeRange,
  friendlyDay,
  offsetMinutes,
  wallToInstant,
  zoneCity,
} from "../../internal/time.ts";
import type { Slot } from "../../internal/types.ts";
import { styles } from "./free-week.styles.ts";
import { type FreeDay, freeHours } from "./shared-time.ts";

/** Columns narrower than this hide what is in them. */
const LEAST_COLUMN = 62;
const RAILS = 100;
const MORNING = 8;

export class FreeWeekElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(styles);

  @property({ attribute: false }) days: readonly FreeDay[] = [];
  @property() tzid = "UTC";
  /** Whose times these are. */
  @property({ attribute: "other-tzid" }) otherTzid = "";
  @property({ attribute: "other-name" }) otherName = "";
  /** Nothing can be chosen: one's own times, or what others will see. */
  @property({ type: Boolean, reflect: true, attribute: "read-only" }) readOnly = false;
  @state() private narrow = false;
  @state() private focused = "";
  /** Days that were opened or closed in the list, by hand. */
  @state() private toggled: ReadonlyMap<DayKey, boolean> = new Map();
  #watcher: ResizeObserver | null = null;
  #hasScrolled = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#watcher = new ResizeObserver(([entry]) => {
      const width = entry?.contentRect.width ?? 0;
      if (width > 0) this.narrow = width < RAILS + Math.max(3, this.days.length) * LEAST_COLUMN;
    });
    this.#watcher.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#watcher?.disconnect();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const width = this.getBoundingClientRect().width;
    if (changed.has("days") && width > 0) this.narrow = width < RAILS + Math.max(3, this.days.length) * LEAST_COLUMN;
  }

  /** Whole days begin at midnight: what lies in the morning is what people look for. */
  protected override updated(changed: PropertyValues): void {
    const week = this.renderRoot.querySelector<HTMLElement>(".week.tall");
    if (!week || !(changed.has("days") || changed.has("narrow")) || this.#hasScrolled) return;
    const { from, to } = freeHours(this.days);
    week.scrollTop = (week.scrollHeight * Math.max(0, MORNING - from)) / (to - from);
    this.#hasScrolled = true;
  }

  get #today(): DayKey {
    return dayKey(Date.now(), this.tzid);
  }

  get #differs(): boolean {
    const now = Date.now();
    return this.otherTzid !== "" && offsetMinutes(now, this.otherTzid) !== offsetMinutes(now, this.tzid);
  }

  /** Gives the focus to a time, or to the first there is. */
  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>(".slot[tabindex='0']")?.focus();
  }

  protected override render() {
    return this.narrow ? this.#list() : this.#grid();
  }

  // ---------------------------------------------------------------- a column per day

  #grid() {
    const hours = freeHours(this.days);
    const steps = this.days.flatMap((day) => day.slots.map((slot) => slot.step));
    const pixels = this.readOnly ? 26 : Math.ceil((26 * 60) / Math.max(ROW_MINUTES, Math.min(30, ...steps)));
    const rows = ((hours.to - hours.from) * 60) / ROW_MINUTES;
    const clocks = this.#differs ? [this.otherTzid] : [];
    const isTall = (hours.to - hours.from) * pixels > 560;
    return html`<div
      class="week ${isTall ? "tall" : ""}"
      role=${isTall && this.readOnly ? "region" : nothing}
      aria-label=${isTall && this.readOnly ? "Free time" : nothing}
      tabindex=${isTall && this.readOnly ? "0" : nothing}
      ${cssProperty("--rows", rows)}
      ${cssProperty("--row", `${(pixels * ROW_MINUTES) / 60}px`)}
      ${cssProperty("--days", this.days.length)}
      ${cssProperty("--rails", 1 + clocks.length)}
      @keydown=${this.#keydown}
    >
      ${clocks.map((tzid) => this.#rail(hours, tzid, this.otherName))}
      ${this.#rail(hours, this.tzid, clocks.length > 0 ? "You" : zoneCity(this.tzid))}
      ${this.days.map((day) => this.#column(day, hours))}
    </div>`;
  }

  #rail(hours: { from: number; to: number }, tzid: string, name: string) {
    const day = this.days[0]?.day ?? this.#today;
    const marks = Array.from({ length: hours.to - hours.from }, (_, index) => hours.from + index);
    return html`<div class="rail" aria-hidden="true">
      <p class="head"><bdi>${name}</bdi></p>
      <div class="marks">
        ${marks.map((hour) => {
          const instant = wallToInstant(day, `${String(hour).padStart(2, "0")}:00`, this.tzid);
          return html`<span class="time">${formatTime(instant, tzid, this.language, this.clock)}</span>`;
        })}
      </div>
    </div>`;
  }

  #column(found: FreeDay, hours: { from: number; to: number }) {
    return html`<section class="day" aria-labelledby="day-${found.day}">
      <h4 class="head ${found.day === this.#today ? "today" : ""}" id="day-${found.day}">
        <span aria-hidden="true">${formatDay(found.day, this.language, "short")}</span>
        <span class="visually-hidden">${formatDay(found.day, this.language, "long")}</span>
      </h4>
      <div class="track">
        ${found.free.map((stretch) => html`<span class="free" aria-hidden="true" ${lines(stretch, hours)}></span>`)}
        ${found.free.length === 0 ? html`<span class="none" aria-hidden="true">–</span>` : nothing}
        <p class="visually-hidden">${this.#summary(found)}</p>
        ${this.readOnly || found.slots.length === 0
          ? nothing
          : html`<ol class="items" role="list">
              ${found.slots.map((slot) => html`<li ${lines({ ...slot, to: slot.from + slot.step }, hours)}>${this.#button(slot)}</li>`)}
            </ol>`}
      </div>
    </section>`;
  }

  /** "Free 09:00–12:00, 14:00–18:00." */
  #summary(found: FreeDay): string {
    if (found.free.length === 0) return "Not free.";
    return `Free ${found.free.map((stretch) => this.#range(stretch)).join(", ")}.`;
  }

  #range(stretch: Stretch): string {
    return stretch.to === DAY_MINUTES && stretch.from === 0
      ? "all day"
      : formatTimeRange(stretch.start, stretch.end, this.tzid, this.language, this.clock);
  }

  // ---------------------------------------------------------------- a list of days

  #list() {
    const firstWithTimes = this.days.find((day) => (this.readOnly ? day.free : day.slots).length > 0)?.day;
    return html`<div class="list" @keydown=${this.#keydown}>
      ${this.days.map((found) => {
        const isOpen = this.toggled.get(found.day) ?? found.day === firstWithTimes;
        const name = friendlyDay(found.day, this.#today, this.language, "long");
        if (this.readOnly || found.slots.length === 0) {
          return html`<section class="line" aria-labelledby="day-${found.day}">
            <h4 id="day-${found.day}">${name}</h4>
            <p class="muted">${this.#listed(found)}</p>
          </section>`;
        }
        const count = found.slots.length === 1 ? "1 time" : `${found.slots.length} times`;
        return html`<details ?open=${isOpen} @toggle=${(event: Event) => this.#toggle(found.day, event)}>
          <summary><span>${name}</span><span class="muted">${count}</span></summary>
          <ol class="chips" role="list">
            ${found.slots.map((slot) => html`<li>${this.#button(slot)}</li>`)}
          </ol>
        </details>`;
      })}
    </div>`;
  }

  #listed(found: FreeDay): string {
    if (found.free.length === 0) return "Not free";
    const free = found.free.map((stretch) => this.#range(stretch)).join(", ");
    return this.readOnly ? free : `${free}, but not for both of you`;
  }

  #toggle(day: DayKey, event: Event): void {
    this.toggled = new Map([...this.toggled, [day, (event.target as HTMLDetailsElement).open]]);
  }

  // ---------------------------------------------------------------- times

  #button(stretch: SlotStretch) {
    const time = dualTime(stretch.start, {
      mine: this.tzid,
      theirs: this.otherTzid || null,
      name: this.otherName,
      locale: this.language,
      hourCycle: this.clock,
    });
    return html`<button
      class="slot"
      type="button"
      tabindex=${stretch.start === this.#tabStop ? 0 : -1}
      data-start=${stretch.start}
      title=${time.text}
      @click=${() => this.#pick(stretch.slot)}
    >
      <span class="visually-hidden">${time.label}</span><b aria-hidden="true">${time.primary}</b>${this.narrow && time.secondary !== null
        ? html`<span class="second" aria-hidden="true">${time.secondary}</span>`
        : nothing}
    </button>`;
  }

  /** In a list whose days open and close, a time is only ever reached in an open day. */
  get #tabStop(): string {
    const starts = this.#reachable.flatMap((day) => day.slots.map((slot) => slot.start));
    return starts.includes(this.focused) ? this.focused : (starts[0] ?? "");
  }

  get #reachable(): readonly FreeDay[] {
    if (!this.narrow) return this.days;
    const first = this.days.find((day) => day.slots.length > 0)?.day;
    return this.days.filter((day) => this.toggled.get(day.day) ?? day.day === first);
  }

  #pick(slot: Slot): void {
    this.focused = slot.start;
    this.emit("connect-pick", { slot });
  }

  readonly #keydown = (event: KeyboardEvent): void => {
    const start = (event.composedPath()[0] as HTMLElement).dataset["start"];
    if (!start || event.ctrlKey || event.metaKey || event.altKey) return;
    const days = this.#reachable;
    const column = days.findIndex((day) => day.slots.some((slot) => slot.start === start));
    const day = days[column];
    const index = day?.slots.findIndex((slot) => slot.start === start) ?? -1;
    const here = day?.slots[index];
    if (!day || !here) return;
    const isRtl = this.direction === "rtl";
    const targets: Record<string, () => SlotStretch | undefined> = {
      ArrowDown: () => day.slots[index + 1],
      ArrowUp: () => day.slots[index - 1],
      Home: () => day.slots[0],
      End: () => day.slots.at(-1),
      [isRtl ? "ArrowLeft" : "ArrowRight"]: () => closest(days.slice(column + 1), here.from),
      [isRtl ? "ArrowRight" : "ArrowLeft"]: () => closest(days.slice(0, column).reverse(), here.from),
    };
    const target = targets[event.key];
    if (!target) return;
    event.preventDefault();
    const next = target();
    if (!next) return;
    this.focused = next.start;
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(`.slot[data-start="${next.start}"]`)?.focus(),
    );
  };
}

/** The time closest to a minute of the day, on the first of these days with a time. */
function closest(days: readonly FreeDay[], minute: number): SlotStretch | undefined {
  const day = days.find((other) => other.slots.length > 0);
  return day && [...day.slots].sort((a, b) => Math.abs(a.from - minute) - Math.abs(b.from - minute))[0];
}

/** Where a stretch lies in the rows that are drawn. */
function lines(stretch: { from: number; to: number }, hours: { from: number; to: number }) {
  const line = (minute: number): number => Math.round((Math.min(hours.to * 60, Math.max(hours.from * 60, minute)) - hours.from * 60) / ROW_MINUTES) + 1;
  return cssProperty("--lines", `${line(stretch.from)} / ${Math.max(line(stretch.from) + 1, line(stretch.to))}`);
}

define("connect-free-week", FreeWeekElement);

declare global {
  interface HTMLElementTagNameMap {
    "connect-free-week": FreeWeekElement;
  }
}
