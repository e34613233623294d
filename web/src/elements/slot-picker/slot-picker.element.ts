/**
 * `<convene-slot-picker>`: choose a day, then a time. A strip of days or a month, with the day's times below.
 *
 * Give it an `element-token`, a `base-url` and a `query`, and it asks `/v1/availability` by itself. Or feed it with
 * `slots` (UTC start and end), or with a `source` that knows more (the booking modal does). `tzid`, optionally
 * `other-tzid` and `other-name`, say whose clocks are shown. Events: `convene-slot-select` `{start, end, confirm}`,
 * `convene-day-change` `{day}`, `convene-range-needed` `{day}`: load until this day; `convene-error` `{error}`.
 */
import { html, nothing, type PropertyValues } from "lit";
import { property, query, state } from "lit/decorators.js";
import type { SlotFeed, SlotQuery } from "../../controllers/slot-feed.ts";
import type { ApiError } from "../../internal/api-client.ts";
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
import { button, notice, skeleton } from "../../styles/shared.ts";
import "../day-strip/day-strip.ts";
import type { SlotListElement, SlotNote, SlotState } from "../slot-list/slot-list.element.ts";
import "../slot-list/slot-list.ts";
import { styles } from "./slot-picker.styles.ts";

/** The month is fetched when somebody is about to want it. */
const fetchMonth = () => import("../month-grid/month-grid.ts");
const prepareMonth = (): void => void fetchMonth().catch(() => undefined);

/** What the picker asks about days; `slots` alone is turned into one of these. */
export interface SlotSource {
  days: readonly DayKey[];
  loadedTo: DayKey;
  countOf(day: DayKey): number;
  slotsOf(day: DayKey): readonly Slot[];
  stateOf(start: string): SlotState;
  firstFreeFrom(day: DayKey): Slot | null;
  noteOf?(slot: Slot): SlotNote | null;
}

export class SlotPickerElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, notice, skeleton, styles);

  @property({ attribute: false }) slots: readonly Slot[] = [];
  @property({ attribute: false }) source: SlotSource | null = null;
  /** A token from `POST /v1/element_tokens` with the permission `availability`, made for this page's origin. */
  @property({ attribute: "element-token" }) elementToken = "";
  /** Where Convene is; empty for the page's own origin. */
  @property({ attribute: "base-url" }) baseUrl = "";
  /** What `POST /v1/availability` is asked, as JSON; without periods in it the picker chooses them as people look on. */
  @property({ type: Object }) query: SlotQuery | null = null;
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
  /** What is known when the picker asks by itself. */
  @state() private feed: SlotFeed | null = null;
  @query("cv-slot-list") private list!: SlotListElement;

  get #zone(): string {
    return this.tzid || deviceZone();
  }

  get #today(): DayKey {
    return dayKey(Date.now(), this.#zone);
  }

  #ownSource: SlotSource | null = null;
  /** The shown day stands for one that nobody has chosen yet. */
  #isGuess = false;

  get #source(): SlotSource {
    return this.source ?? (this.#ownSource ??= sourceOf(
      this.slots,
      this.#zone,
      this.feed?.firstDay ?? this.#today,
      this.feed?.loadedTo,
    ));
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("slots") || changed.has("tzid")) this.#ownSource = null;
    if (changed.has("elementToken") || changed.has("baseUrl") || changed.has("query") || changed.has("tzid")) void this.#ask();
    if (!this.source && (!this.day || (this.#isGuess && changed.has("slots")))) {
      this.#isGuess = this.slots.length === 0;
      this.day = this.slots[0] ? dayKey(this.slots[0].start, this.#zone) : this.#today;
    }
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) void this.#ask();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.feed?.close();
  }

  /** Asks again: after a booking, say. */
  async refresh(): Promise<void> {
    await this.#ask();
  }

  /** Begins to ask by itself, if it was told whom. */
  async #ask(): Promise<void> {
    this.feed?.close();
    this.feed = null;
    const { elementToken, baseUrl, query } = this;
    if (!elementToken || !query) return;
    this.loading = true;
    const { connectedFeed } = await import("../../controllers/slot-feed.ts");
    // Something else may have been asked meanwhile.
    if (elementToken !== this.elementToken || baseUrl !== this.baseUrl || query !== this.query || this.feed) return;
    const feed = connectedFeed(baseUrl, elementToken, query, this.#zone);
    feed.addEventListener("change", () => this.#onFeed(feed));
    this.feed = feed;
    await feed.load();
    if (feed === this.feed && !feed.error) this.announce(strings().daysLoaded(feed.days.length));
  }

  #onFeed(feed: SlotFeed): void {
    const isFirst = feed.loadedTo === feed.firstDay;
    this.loading = isFirst && feed.isLoading;
    this.loadingMore = feed.isLoading;
    this.#ownSource = null;
    this.slots = feed.slots;
    if (!feed.days.includes(this.day)) this.day = feed.slots[0] ? dayKey(feed.slots[0].start, this.#zone) : feed.firstDay;
    this.requestUpdate();
    if (feed.error) {
      this.announce(strings().timesFailed, "assertive");
      this.emit("convene-error", { error: feed.error });
    }
  }

  /** Focuses the times of the shown day. */
  focusSlots(): void {
    this.list?.focus();
  }

  async #show(view: "strip" | "month"): Promise<void> {
    if (view === "month") await fetchMonth();
    this.view = view;
    await this.updateComplete;
    const month = this.renderRoot.querySelector("cv-month-grid");
    await month?.updateComplete;
    month?.scrollIntoView({ block: "nearest" });
  }

  #setDay(day: DayKey): void {
    this.#isGuess = false;
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
    void this.feed?.ensure(day);
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
    const error = this.feed?.error;
    // Nothing is known at all: there is no day to show.
    const isBare = Boolean(error) && this.slots.length === 0;
    return html`
      <div class="picker" @keydown=${this.#onKeydown}>
        <div class="bar">
          <h3>${this.heading || words.pickDay}</h3>
          <button
            class="button quiet small"
            type="button"
            aria-expanded=${month}
            ?hidden=${this.loading || isBare}
            @pointerenter=${prepareMonth}
            @focus=${prepareMonth}
            @click=${() => this.#show(month ? "strip" : "month").catch(() => this.announce(words.timesFailed, "assertive"))}
          >
            ${icon("calendar")}${month ? words.showDays : words.showMonth}
          </button>
        </div>
        ${error ? this.#failure(error) : nothing}
        ${this.loading ? this.#skeletons() : isBare ? nothing : month ? this.#month() : this.#days()}
      </div>
      ${this.query ? this.liveRegions() : nothing}
    `;
  }

  #failure(error: ApiError) {
    const words = strings();
    return html`<div class="notice danger">
      ${icon("warning")}
      <span class="notice-text">${words.timesFailed}${error.status >= 400 && error.status < 500 ? ` ${error.detail}` : ""}</span>
      <button class="button small" type="button" @click=${() => void this.feed?.load()}>${words.retry}</button>
    </div>`;
  }

  #skeletons() {
    return html`
      <div class="strip-skeleton pulse" aria-hidden="true">
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
              .noteOf=${source.noteOf}
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
        : this.feed?.isFixed
          ? nothing
          : html`<button class="button small" type="button" @click=${() => this.#need(this.#source.loadedTo)}>
              ${words.lookFurther}
            </button>`}
    </div>`;
  }
}

/** A source over a plain list of slots. */
function sourceOf(slots: readonly Slot[], tzid: string, today: DayKey, knownTo?: DayKey): SlotSource {
  const days = new Map<DayKey, Slot[]>();
  for (const slot of slots) {
    const day = dayKey(slot.start, tzid);
    days.set(day, [...(days.get(day) ?? []), slot]);
  }
  const loadedTo = knownTo ?? addDays([...days.keys()].sort().at(-1) ?? today, 1);
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
