/**
 * `<convene-week-overlay>`: a week of two calendars over each other, to see why a time is free and to choose one.
 *
 * Properties: `api` (its `availability` must answer `includeBusy`), `me`, `participants`, `tzid`, `durationMinutes`,
 * `excludedBooking`, `chosen` (a Slot), `day` (the week that holds it comes first). `show()`, `hide()`, `refresh()`.
 * Events: `convene-slot-select` `{start, end, confirm}`, `convene-close` `{chose}`.
 *
 * Read only: busy time has no title here or on the server. Whoever is not known is named in words, never drawn as free.
 */
import { html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import { WeekFeed } from "../../controllers/week-feed.ts";
import { type WeekDay, shownHours, unseen, weekDays, weekOf } from "../../controllers/week.ts";
import { ConveneElement } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { type Group, type Person, invited, shortName } from "../../internal/people.ts";
import type { SchedulingApi } from "../../internal/scheduling-api.ts";
import { strings } from "../../internal/strings.ts";
import {
  type DayKey,
  addDays,
  dayKey,
  daysBetween,
  deviceZone,
  dualTime,
  formatDay,
  formatTime,
  formatTimeRange,
  friendlyDay,
  startOfDay,
} from "../../internal/time.ts";
import type { Card, Slot } from "../../internal/types.ts";
import { dstNotice } from "../../internal/zones.ts";
import { button, notice, skeleton } from "../../styles/shared.ts";
import type { DialogElement } from "../dialog/dialog.ts";
import "../dialog/dialog.ts";
import { legend, week } from "./week-overlay.grid.ts";
import { gridStyles } from "./week-overlay.grid.styles.ts";
import { overlayStrings } from "./week-overlay.strings.ts";
import { styles } from "./week-overlay.styles.ts";

/** The server offers nothing later than this. */
const MAX_DAYS_AHEAD = 390;

export class WeekOverlayElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, notice, skeleton, styles, gridStyles);
  static override parts = ["common", "meeting", "week"] as const;

  @property({ attribute: false }) api: SchedulingApi | null = null;
  @property({ attribute: false }) me: Person = { sub: "", name: "", tzid: "" };
  @property({ attribute: false }) participants: readonly Person[] = [];
  /** Others of whom some are enough. */
  @property({ attribute: false }) group: Group | null = null;
  @property() tzid = "";
  @property({ type: Number, attribute: "duration-minutes" }) durationMinutes = 30;
  /** The meeting that is being moved: its present time is marked, and blocks nobody. */
  @property({ attribute: false }) booking: Card | null = null;
  @property({ attribute: false }) chosen: Slot | null = null;
  @property() day: DayKey = "";

  @state() feed: WeekFeed | null = null;
  @state() private online = true;
  /** The time that Tab leads to. */
  @state() focused = "";
  @query("cv-dialog") private dialog!: DialogElement;
  #chose = false;
  #days: { answer: unknown; days: WeekDay[] } = { answer: null, days: [] };

  get zone(): string {
    return this.tzid || this.me.tzid || deviceZone();
  }

  get today(): DayKey {
    return dayKey(Date.now(), this.zone);
  }

  get others(): readonly Person[] {
    return this.participants.filter((person) => person.sub !== this.me.sub);
  }

  get other(): Person {
    return this.others[0] ?? { sub: "", name: "", tzid: this.zone };
  }

  /** The answer by day; sorted once per answer. */
  get week(): WeekDay[] {
    const answer = this.feed?.answer;
    if (!answer || !this.feed) return [];
    if (this.#days.answer !== answer) {
      const options = { tzid: this.zone, me: this.me.sub, now: Date.now(), shortName };
      this.#days = { answer, days: weekDays(answer, this.feed.days, options) };
    }
    return this.#days.days;
  }

  show(): void {
    if (!this.api || this.feed) return;
    this.#chose = false;
    this.online = navigator.onLine !== false;
    this.feed = new WeekFeed(
      this.api,
      {
        ...invited(this.others, this.group),
        tzid: this.zone,
        durationMinutes: this.durationMinutes,
        excludedBooking: this.booking?.booking_id,
      },
      this.#onFeed,
    );
    addEventListener("online", this.#onNetwork);
    addEventListener("offline", this.#onNetwork);
    void this.#go(this.day || this.today);
    void this.updateComplete.then(() => this.dialog.show());
  }

  hide(): void {
    this.dialog?.close();
  }

  /** Somebody's calendar changed: asks again. */
  refresh(): void {
    void this.feed?.reload();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#end();
  }

  #end(): void {
    removeEventListener("online", this.#onNetwork);
    removeEventListener("offline", this.#onNetwork);
    this.feed?.stop();
    this.feed = null;
  }

  #onFeed = (): void => this.requestUpdate();

  #onNetwork = (): void => {
    this.online = navigator.onLine !== false;
    if (this.online && this.feed?.error) this.refresh();
  };

  async #go(day: DayKey): Promise<void> {
    const feed = this.feed;
    if (!feed) return;
    const days = weekOf(day, this.localePreferences.firstDay);
    await feed.show(days);
    if (this.feed !== feed || feed.days !== days || !feed.answer) return;
    this.announce(overlayStrings().weekLoaded(this.#range(days), feed.answer.slots.length));
    await this.updateComplete;
    // Only if nobody went elsewhere while the week was on its way.
    if (!this.shadowRoot?.activeElement || this.shadowRoot.activeElement === this.dialog) this.#tabStop?.focus();
  }

  #closed = (event: Event): void => {
    event.stopPropagation();
    this.#end();
    this.emit("convene-close", { chose: this.#chose });
  };

  get #tabStop(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(".slot[tabindex='0']");
  }

  choose(slot: Slot, confirm: boolean): void {
    this.focused = slot.start;
    if (this.isCurrent(slot.start)) return;
    this.#chose = true;
    this.chosen = slot;
    this.emit("convene-slot-select", { ...slot, confirm });
    if (confirm) this.hide();
  }

  isCurrent(start: string): boolean {
    return this.booking !== null && Date.parse(this.booking.start_utc) === Date.parse(start);
  }

  timeOf(start: string) {
    return dualTime(start, {
      mine: this.zone,
      theirs: this.other.tzid || null,
      name: shortName(this.other.name),
      locale: this.language,
      hourCycle: this.clock,
    });
  }

  rangeText(start: string, end: string): string {
    return formatTimeRange(start, end, this.zone, this.language, this.clock);
  }

  /** "23 Nov – 29 Nov". */
  #range(days: readonly DayKey[]): string {
    const [first, last] = [days[0] ?? this.today, days.at(-1) ?? this.today];
    return `${formatDay(first, this.language)} – ${formatDay(last, this.language)}`;
  }

  protected override render() {
    const words = overlayStrings();
    const { feed } = this;
    const names = strings().names([strings().you, ...this.others.map((person) => shortName(person.name))]);
    return html`
      <cv-dialog
        size="wide"
        heading=${words.weekHeading(names)}
        .initialFocus=${() => this.#tabStop}
        @cv-close=${this.#closed}
      >
        ${feed ? this.#body(feed) : nothing} ${feed ? this.#footer() : nothing}
      </cv-dialog>
      ${this.liveRegions()}
    `;
  }

  #body(feed: WeekFeed) {
    const words = overlayStrings();
    const first = feed.days[0] ?? this.today;
    const atStart = first <= this.today;
    const atEnd = daysBetween(this.today, first) + 7 > MAX_DAYS_AHEAD;
    return html`<div class="overlay" aria-busy=${feed.isLoading}>
      <div class="bar">
        <button
          class="button quiet icon-only"
          type="button"
          aria-label=${words.previousWeek}
          aria-disabled=${atStart ? "true" : nothing}
          @click=${() => (atStart ? undefined : void this.#go(addDays(first, -1)))}
        >
          ${icon("chevronLeft")}
        </button>
        <h3 class="time">${this.#range(feed.days)}</h3>
        <button
          class="button quiet icon-only"
          type="button"
          aria-label=${words.nextWeek}
          aria-disabled=${atEnd ? "true" : nothing}
          @click=${() => (atEnd ? undefined : void this.#go(addDays(first, 7)))}
        >
          ${icon("chevronRight")}
        </button>
      </div>
      ${this.#notices(feed)}
      ${feed.isLoading && !feed.answer ? html`<p class="legend" role="status">${words.weekLoading}</p>` : legend(this)}
      ${feed.error && !feed.answer ? nothing : week(this, feed, this.week)}
    </div>`;
  }

  #notices(feed: WeekFeed) {
    const words = overlayStrings();
    const { answer, error } = feed;
    // Of a group, whoever is not known about keeps nobody from meeting.
    const group = this.group?.people ?? [];
    const hidden = (answer ? unseen(answer, this.me.sub) : []).filter(
      ({ person }) => !group.some(({ sub }) => sub === person.sub),
    );
    const retry = html`<button class="button small" type="button" @click=${() => this.refresh()}>${strings().retry}</button>`;
    const first = feed.days[0];
    const clocks =
      first && answer && this.other.tzid
        ? dstNotice({
            mine: this.zone,
            theirs: this.other.tzid,
            name: shortName(this.other.name),
            from: startOfDay(first, this.zone),
            to: startOfDay(addDays(first, 7), this.zone),
            locale: this.language,
          })
        : "";
    return html`
      ${this.online ? nothing : note("warning", "offline", strings().offline)}
      ${error ? note("danger", "warning", `${words.weekFailed} ${error.detail}`, retry) : nothing}
      ${hidden.map(({ person, isMe }) => {
        const name = shortName(person.name);
        if (person.state === "not_shared") return note("warning", "info", words.weekNotShared(name));
        const text = isMe ? words.weekYoursUnknown(person.detail) : words.weekUnknown(name, person.detail);
        return note("warning", "warning", text, retry);
      })}
      ${(answer?.participants ?? [])
        .filter((person) => person.state === "no_calendar" && person.sub !== this.me.sub)
        .map((person) => note("info", "info", words.weekNoCalendar(shortName(person.name))))}
      ${answer && answer.slots.length === 0 && hidden.length === 0
        ? note("info", "calendar", words.weekEmpty, this.#nextFree(answer.next_free))
        : nothing}
      ${clocks ? note("info", "clock", clocks) : nothing}
    `;
  }

  #nextFree(start: string | null) {
    if (!start) return nothing;
    const day = dayKey(start, this.zone);
    const text = strings().nextFree(
      friendlyDay(day, this.today, this.language),
      formatTime(start, this.zone, this.language, this.clock),
    );
    return html`<button class="button small" type="button" @click=${() => void this.#go(day)}>${text}</button>`;
  }

  #footer() {
    const words = overlayStrings();
    const { chosen } = this;
    const time = chosen && this.timeOf(chosen.start);
    return html`<div slot="footer" class="footer">
      <div class="review">
        ${chosen && time
          ? html`<p class="what time">
                ${friendlyDay(dayKey(chosen.start, this.zone), this.today, this.language)}
                ${this.rangeText(chosen.start, chosen.end)}
              </p>
              ${time.secondary === null
                ? nothing
                : html`<p class="muted">
                    <bdi>${strings().forName(time.secondary, shortName(this.other.name))}</bdi> ${time.shiftText}
                  </p>`}`
          : html`<p class="muted">${words.pressTime}</p>`}
      </div>
      <button class="button primary" type="button" @click=${() => this.hide()}>${words.done}</button>
    </div>`;
  }

  /** The hours that are drawn. */
  get hours(): { from: number; to: number } {
    return shownHours(this.week);
  }
}

function note(
  kind: "info" | "warning" | "danger",
  picture: "info" | "warning" | "offline" | "calendar" | "clock",
  text: string,
  action: unknown = nothing,
) {
  return html`<div class="notice ${kind}">${icon(picture)}<span class="notice-text">${text}</span>${action}</div>`;
}
