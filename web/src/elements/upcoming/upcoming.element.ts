/**
 * `<convene-upcoming>`: the next three meetings, from Cards in `items`; or from `/api/bookings` at `base-url`, with a
 * personal `token` where no cookie says who reads. `refresh()` reads again.
 *
 * Times are relative within the hour; Join is there from ten minutes before until the end. A changed row flashes once
 * and is announced. Events: `convene-open` `{card}`, `convene-join` `{card}`, `convene-schedule`, `convene-retry`.
 */
import { html, nothing, type PropertyValues } from "lit";
import { property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { MinuteTicker } from "../../controllers/minute-ticker.ts";
import { ConveneElement } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { isTimeToJoin, namesOfOthers, nextMeetings } from "../../internal/meeting.ts";
import { strings } from "../../internal/strings.ts";
import { dayKey, deviceZone, formatTime, formatTimeRange, friendlyDay, relativeMinutes, toMillis } from "../../internal/time.ts";
import type { Card } from "../../internal/types.ts";
import { button, notice, skeleton } from "../../styles/shared.ts";
import { styles } from "./upcoming.styles.ts";

const COUNT = 3;
const FLASH_MS = 1600;

export type UpcomingState = "loading" | "ready" | "error";

export class UpcomingElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, notice, skeleton, styles);
  static override parts = ["common", "meeting"] as const;

  /** Where Convene is, such as `/convene`; null shows `items`. */
  @property({ attribute: "base-url" }) baseUrl: string | null = null;
  @property() token = "";
  @property({ attribute: false }) items: readonly Card[] = [];
  @property() state: UpcomingState = "ready";
  @property({ type: Boolean }) offline = false;
  @property() viewer = "";
  @property() tzid = "";
  /** Leaves out the heading where the page has its own. */
  @property({ type: Boolean, attribute: "no-heading" }) noHeading = false;

  @state() private flashing: ReadonlySet<string> = new Set();
  #before: Map<string, string> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor() {
    super();
    new MinuteTicker(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.#timer) clearTimeout(this.#timer);
  }

  get #zone(): string {
    return this.tzid || deviceZone();
  }

  /** Reads the meetings at `base-url` again. */
  async refresh(): Promise<void> {
    const { baseUrl, token } = this;
    if (baseUrl === null) return;
    if (this.items.length === 0) this.state = "loading";
    try {
      const { upcomingAt } = await import("../../controllers/meetings-feed.ts");
      const items = await upcomingAt(baseUrl, token);
      if (baseUrl !== this.baseUrl || token !== this.token) return;
      this.items = items;
      this.state = "ready";
    } catch {
      this.state = "error";
    }
  }

  #retry(): void {
    this.emit("convene-retry");
    void this.refresh();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("baseUrl") || changed.has("token")) void this.refresh();
    if (!changed.has("items") || this.state !== "ready") return;
    const now = new Map(
      nextMeetings(this.items, Date.now(), COUNT).map((card) => [card.booking_id, `${card.start_utc}|${card.title}|${card.end_utc}|${card.state}`]),
    );
    const before = this.#before;
    this.#before = now;
    if (before) this.#compare(before, now);
  }

  #compare(before: Map<string, string>, now: Map<string, string>): void {
    const words = strings();
    const fresh = [...now].filter(([id, key]) => before.get(id) !== key).map(([id]) => id);
    if (fresh.length > 0) {
      const card = this.items.find((other) => other.booking_id === fresh[0]);
      if (card) this.announce(words.upcomingChanged(`${card.title}, ${this.#when(card)}`));
      this.flashing = new Set(fresh);
      if (this.#timer) clearTimeout(this.#timer);
      this.#timer = setTimeout(() => (this.flashing = new Set()), FLASH_MS);
    } else if ([...before.keys()].some((id) => !now.has(id))) {
      this.announce(words.upcomingRemoved);
    }
  }

  /** "Today, 14:30" for the accessible name. */
  #when(card: Card): string {
    const today = dayKey(Date.now(), this.#zone);
    const day = friendlyDay(dayKey(card.start_utc, this.#zone), today, this.language);
    return `${day}, ${formatTimeRange(card.start_utc, card.end_utc, this.#zone, this.language, this.clock)}`;
  }

  protected override render() {
    const words = strings();
    return html`
      <section aria-label=${words.upcoming} aria-busy=${this.state === "loading"}>
        ${this.noHeading ? nothing : html`<h2>${words.upcoming}</h2>`}
        ${this.offline ? html`<p class="offline">${icon("offline")}${words.upcomingOffline}</p>` : nothing} ${this.#content()}
      </section>
      ${this.liveRegions()}
    `;
  }

  #content() {
    const words = strings();
    if (this.state === "loading") {
      return html`<div class="pulse" aria-hidden="true">${[1, 2, 3].map(() => html`<span class="skeleton row-size"></span>`)}</div>`;
    }
    if (this.state === "error") {
      return html`<div class="notice danger">
        ${icon("warning")}<span class="notice-text">${words.upcomingFailed}</span>
        <button class="button small" type="button" @click=${() => this.#retry()}>${words.retry}</button>
      </div>`;
    }
    const cards = nextMeetings(this.items, Date.now(), COUNT);
    if (cards.length === 0) {
      return html`<div class="empty">
        <p>${words.upcomingEmpty}</p>
        <button class="button quiet small" type="button" @click=${() => this.emit("convene-schedule")}>
          ${words.upcomingSchedule}
        </button>
      </div>`;
    }
    return html`<ol>
      ${repeat(
        cards,
        (card) => card.booking_id,
        (card) => this.#row(card),
      )}
    </ol>`;
  }

  #row(card: Card) {
    const words = strings();
    const now = Date.now();
    const others = namesOfOthers(card, this.viewer);
    const first = others[0] ?? card.title;
    const names = others.length > 1 ? words.moreThan(first, others.length - 1) : first;
    const ongoing = toMillis(card.start_utc) <= now;
    const asked = card.state === "requested" ? words.status.requested : null;
    const soon = asked ?? (ongoing ? words.status.ongoing : relativeMinutes(card.start_utc, now));
    const day = dayKey(card.start_utc, this.#zone);
    const today = dayKey(now, this.#zone);
    const url = card.conferencing?.join_url;
    return html`<li class=${this.flashing.has(card.booking_id) ? "flash" : ""}>
      <button
        class="row"
        part="row"
        type="button"
        @click=${() => this.emit("convene-open", { card })}
      >
        <span class="visually-hidden"
          >${[card.title, this.#when(card), words.withNames(words.names(others)), soon ?? ""].filter(Boolean).join(", ")}</span
        >
        <span class="at time" aria-hidden="true"
          >${day === today ? nothing : html`<span class="day">${friendlyDay(day, today, this.language, "short")}</span>`}<b
            ><bdi>${formatTime(card.start_utc, this.#zone, this.language, this.clock)}</bdi></b
          ></span
        >
        <span class="what" aria-hidden="true"
          ><span class="who"><bdi>${names}</bdi></span
          ><span class="sub ${soon ? "soon" : ""}"><bdi>${soon ?? card.title}</bdi></span></span
        >
      </button>
      ${isTimeToJoin(card, now) && url && /^https?:/.test(url)
        ? html`<a
            class="button primary small"
            href=${url}
            target="_blank"
            rel="noopener noreferrer"
            aria-label=${words.joinLabel(card.title)}
            @click=${(event: Event) => {
              if (!this.emit("convene-join", { card }, true)) event.preventDefault();
            }}
            >${words.join}</a
          >`
        : nothing}
    </li>`;
  }
}
