/**
 * `<convene-booking-card>`: a meeting as it is now, from a Card (schema 1) in `card`; or the one of `booking-id`, read
 * from `/api/bookings` at `base-url`, with a personal `token` where no cookie says who reads. `refresh()` reads again.
 *
 * `viewer` is the reader's id and `tzid` their zone. Somebody who takes no part sees the facts without the actions.
 * Events with `{card}`: `convene-join` (prevent it to open the call yourself), `convene-reschedule`, `convene-cancel`,
 * `convene-book-again`; `convene-error` `{error}`.
 */
import { html, nothing, type PropertyValues } from "lit";
import { property, state } from "lit/decorators.js";
import { MinuteTicker } from "../../controllers/minute-ticker.ts";
import { type ApiError, toApiError } from "../../internal/api-client.ts";
import { ConveneElement } from "../../internal/element.ts";
import { type IconName, icon } from "../../internal/icons.ts";
import { type MeetingStatus, isOff, isTimeToJoin, meetingStatus, namesOfOthers, othersIn, takesPart } from "../../internal/meeting.ts";
import { shortName } from "../../internal/people.ts";
import { strings } from "../../internal/strings.ts";
import {
  dayKey,
  deviceZone,
  dualTime,
  formatDay,
  formatDayOf,
  formatDuration,
  formatTime,
  formatTimeRange,
  friendlyDay,
  offsetMinutes,
  relativeMinutes,
  zoneCity,
} from "../../internal/time.ts";
import type { Card, CardParticipant } from "../../internal/types.ts";
import { button, chip, notice } from "../../styles/shared.ts";
import type { MenuItem } from "../menu/menu.ts";
import "../menu/menu.ts";
import { answers, receipts } from "./booking-card.receipts.ts";
import { styles } from "./booking-card.styles.ts";

const STATUS_ICON: Record<MeetingStatus, IconName> = {
  requested: "clock",
  confirmed: "checkCircle",
  rescheduled: "moved",
  declined: "cross",
  cancelled: "cross",
  ongoing: "clock",
  ended: "check",
};
const STATUS_LOOK: Record<MeetingStatus, string> = {
  requested: "warning",
  confirmed: "ok",
  rescheduled: "warning",
  declined: "",
  cancelled: "",
  ongoing: "ok",
  ended: "",
};

export class BookingCardElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, chip, notice, styles);
  static override parts = ["common", "meeting"] as const;

  @property({ attribute: false }) card: Card | null = null;
  @property({ attribute: "booking-id" }) bookingId = "";
  /** Where Convene is, such as `/convene`; empty for the page's own origin. */
  @property({ attribute: "base-url" }) baseUrl = "";
  @property() token = "";
  @property() viewer = "";
  @property() tzid = "";
  /** Facts only. */
  @property({ type: Boolean }) readonly = false;

  @state() private error: ApiError | null = null;

  constructor() {
    super();
    new MinuteTicker(this);
  }

  get #zone(): string {
    return this.tzid || deviceZone();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("bookingId") || changed.has("baseUrl") || changed.has("token")) void this.refresh();
  }

  /** Reads the meeting of `booking-id` again. */
  async refresh(): Promise<void> {
    const { bookingId, baseUrl, token } = this;
    if (!bookingId) return;
    try {
      const { cardAt } = await import("../../controllers/meetings-feed.ts");
      const card = await cardAt(baseUrl, token, bookingId);
      if (bookingId !== this.bookingId) return;
      this.card = card;
      this.error = null;
    } catch (error) {
      this.error = toApiError(error);
      this.emit("convene-error", { error: this.error });
    }
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>("article")?.focus();
  }

  #failure(error: ApiError) {
    const words = strings();
    return html`<div class="notice danger">
      ${icon("warning")}<span class="notice-text">${words.cardFailed} ${error.isNetwork ? "" : error.detail}</span>
      <button class="button small" type="button" @click=${() => void this.refresh()}>${words.retry}</button>
    </div>`;
  }

  protected override render() {
    const card = this.card;
    const words = strings();
    if (!card) return this.error ? this.#failure(this.error) : nothing;
    const status = meetingStatus(card, Date.now());
    const when = this.#when(card);
    const name = words.cardName(words.status[status], card.title, `${when} ${words.yourTimeSuffix}`);
    return html`<article class="card ${status}" part="card" aria-label=${name} tabindex="-1">
      ${this.#leaf(card)}
      <div class="main">
        <header>
          <h3 id="title">${card.title}</h3>
          <span class="chip ${STATUS_LOOK[status]}">${icon(STATUS_ICON[status])}${words.status[status]}</span>
        </header>
        <p class="when">
          <time class="mine" datetime=${card.start_utc}><bdi>${when}</bdi></time>
          <span class="muted">${words.yourTimeSuffix}${this.#soon(card, status)}</span>
        </p>
        ${this.#otherClocks(card)} ${this.#facts(card)} ${this.#change(card, status)}
        ${card.note ? html`<p class="note">${card.note}</p>` : nothing}
        ${answers(card)} ${receipts(card, this.viewer)}
      </div>
      ${this.#actions(card, status)}
    </article>`;
  }

  #leaf(card: Card) {
    const day = dayKey(card.start_utc, this.#zone);
    return html`<div class="leaf" aria-hidden="true">
      <span class="leaf-month">${formatDay(day, this.language, "monthShort")}</span>
      <span class="leaf-day">${Number(day.slice(8))}</span>
      <span class="leaf-weekday">${formatDay(day, this.language, "weekday")}</span>
    </div>`;
  }

  /** "Tue 24 Nov, 14:30–15:00" on the viewer's clock. */
  #when(card: Card): string {
    const today = dayKey(Date.now(), this.#zone);
    const day = friendlyDay(dayKey(card.start_utc, this.#zone), today, this.language);
    return `${day}, ${formatTimeRange(card.start_utc, card.end_utc, this.#zone, this.language, this.clock)}`;
  }

  #soon(card: Card, status: MeetingStatus) {
    const text = status === "confirmed" || status === "rescheduled" ? relativeMinutes(card.start_utc, Date.now()) : null;
    return text ? html` · <strong>${text}</strong>` : nothing;
  }

  /** One line per other clock: "09:30 New York for Ana", with the date when the day differs. */
  #otherClocks(card: Card) {
    const words = strings();
    const byOffset = new Map<number, CardParticipant[]>();
    for (const person of othersIn(card, this.viewer)) {
      const offset = offsetMinutes(card.start_utc, person.tz);
      if (offset === offsetMinutes(card.start_utc, this.#zone)) continue;
      byOffset.set(offset, [...(byOffset.get(offset) ?? []), person]);
    }
    return [...byOffset.values()].slice(0, 3).map((people) => {
      const tz = people[0]?.tz ?? "UTC";
      const time = dualTime(card.start_utc, { mine: this.#zone, theirs: tz, locale: this.language, hourCycle: this.clock });
      const day = time.shift === 0 ? "" : `${formatDayOf(card.start_utc, tz, this.language)}, `;
      const names = words.names(people.map((person) => shortName(person.display_name)));
      return html`<p class="other">
        <bdi>${words.timeFor(`${day}${time.secondary ?? time.primary}`, zoneCity(tz), names)}</bdi>
      </p>`;
    });
  }

  #facts(card: Card) {
    const facts = [
      formatDuration(card.duration_min),
      card.conferencing && !isOff(card) ? strings().video : "",
      ...(card.rooms ?? []),
      strings().withNames(strings().names(namesOfOthers(card, this.viewer))),
    ];
    // Each stands by itself, so that a number keeps its unit in either writing direction.
    const parts = facts.filter(Boolean).map((fact, index) => html`${index > 0 ? " · " : ""}<bdi>${fact}</bdi>`);
    return html`<p class="facts muted">${parts}</p>`;
  }

  /** What changed last, by whom: before and after, or the reason of a cancellation. */
  #change(card: Card, status: MeetingStatus) {
    const words = strings();
    const name = card.changed_by === this.viewer ? words.you : card.changed_by_name || words.someone;
    if (status === "cancelled") return html`<p class="change">${words.cancelledBy(name, card.reason)}</p>`;
    if (status === "declined") return card.reason ? html`<p class="change">${words.quoted(card.reason)}</p>` : nothing;
    if (!card.previous || status === "ended") return nothing;
    const at = formatTime(card.changed_at, this.#zone, this.language, this.clock);
    const was = card.previous.start_utc;
    return html`<p class="change">
      ${words.was}
      <s>${formatDayOf(was, this.#zone, this.language)} ${formatTime(was, this.#zone, this.language, this.clock)}</s>
      <span class="muted">· ${words.movedBy(name, at)}${card.reason ? html` · ${words.quoted(card.reason)}` : nothing}</span>
    </p>`;
  }

  // ---- actions ----

  #actions(card: Card, status: MeetingStatus) {
    if (this.readonly || (this.viewer && !takesPart(card, this.viewer))) return nothing;
    const words = strings();
    const again = html`<button class="button small" type="button" @click=${() => this.emit("convene-book-again", { card })}>
      ${words.bookAgain}
    </button>`;
    if (isOff(card) || status === "ended") return html`<div class="actions">${again}</div>`;
    if (status === "requested") return html`<div class="actions">${this.#manage(card)}</div>`;
    const calendars = calendarItems(card);
    return html`<div class="actions">
      ${this.#join(card)}
      ${calendars.length > 0
        ? html`<cv-menu small label=${words.addToCalendar} .items=${calendars} @cv-select=${stop}></cv-menu>`
        : nothing}
      <button class="button small" type="button" @click=${() => this.emit("convene-reschedule", { card })}>
        ${words.reschedule}
      </button>
      <cv-menu
        small
        icon-only
        label=${words.moreActions}
        .items=${moreItems(card)}
        @cv-select=${(event: CustomEvent<{ id: string }>) => {
          stop(event);
          if (event.detail.id === "cancel") this.emit("convene-cancel", { card });
        }}
      ></cv-menu>
    </div>`;
  }

  /** What is only asked for is answered on its own page. */
  #manage(card: Card) {
    if (!card.links.manage) return nothing;
    return html`<a class="button small" href=${card.links.manage}>${strings().manage}</a>`;
  }

  #join(card: Card) {
    const url = card.conferencing?.join_url;
    if (!url || !/^https?:/.test(url)) return nothing;
    const words = strings();
    return html`<a
      class="button small ${isTimeToJoin(card, Date.now()) ? "primary" : ""}"
      href=${url}
      target="_blank"
      rel="noopener noreferrer"
      aria-label=${words.joinLabel(card.title)}
      @click=${(event: Event) => {
        if (!this.emit("convene-join", { card }, true)) event.preventDefault();
      }}
      >${icon("video")}${words.join}</a
    >`;
  }
}

function stop(event: Event): void {
  event.stopPropagation();
}

function calendarItems(card: Card): MenuItem[] {
  const { links } = card;
  const items: (MenuItem | null)[] = [
    links.ics ? { id: "ics", label: strings().icsFile, href: links.ics, download: "meeting.ics", icon: "calendar" } : null,
    links.google ? { id: "google", label: "Google", href: links.google } : null,
    links.outlook ? { id: "outlook", label: "Outlook.com", href: links.outlook } : null,
    links.office365 ? { id: "office365", label: "Microsoft 365", href: links.office365 } : null,
    links.yahoo ? { id: "yahoo", label: "Yahoo", href: links.yahoo } : null,
  ];
  return items.filter((item) => item !== null);
}

function moreItems(card: Card): MenuItem[] {
  const words = strings();
  const manage: MenuItem[] = card.links.manage ? [{ id: "manage", label: words.manage, href: card.links.manage }] : [];
  return [...manage, { id: "cancel", label: words.cancelMeetingMenu, icon: "cross", danger: true }];
}
