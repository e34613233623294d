/**
 * `<connect-share>`: the message with which somebody shares their free time, as it is now: live with its times, out of
 * date, ended, expired, or one's own. Times are asked for when it comes into view and whenever they may have changed.
 *
 * `connect-booked-shared` `{bookingId}` follows when a time was booked.
 */
import { type PropertyValues, type TemplateResult, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import { type ApiError, toApiError } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { shortName } from "../../internal/people.ts";
import { dayKey, formatDay, formatDayOf, formatDuration, formatTime, offsetMinutes, toMillis, zoneLabel } from "../../internal/time.ts";
import type { Booking, Slot } from "../../internal/types.ts";
import { button, chip, field, notice, skeleton } from "../../styles/shared.ts";
import type { Connect } from "../connect/connect.ts";
import type { Person, Share } from "../model.ts";
import { settingsPath } from "../router.ts";
import type { AvailabilityChanged } from "../store-events.ts";
import type { StoredMessage } from "../store.ts";
import { appIcon } from "../ui/icons.ts";
import "./free-week.element.ts";
import type { FreeWeekElement } from "./free-week.element.ts";
import "./share-book.element.ts";
import type { ShareBookElement } from "./share-book.element.ts";
import { styles } from "./share-card.styles.ts";
import { type FreeDay, SharingApi, type SharedTime, freeDays, hasTimes, lengthsWith, stateAt } from "./shared-time.ts";

/** Changes come in bursts: one booking changes two people's times and then their calendars. */
const SETTLE_MS = 400;
const LONGEST_TIMER = 2 ** 31 - 1;

export class ShareCardElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, chip, field, notice, skeleton, styles);

  @property({ attribute: false }) connect!: Connect;
  @property({ attribute: false }) message!: StoredMessage;
  @state() private time: SharedTime | null = null;
  @state() private error: ApiError | null = null;
  @state() private busy: "" | "refreshing" | "ending" = "";
  @state() private minutes = 0;
  @query("connect-free-week") private week!: FreeWeekElement | null;
  @query("connect-share-book") private dialog!: ShareBookElement;
  #inView: IntersectionObserver | null = null;
  #isNear = false;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #ending: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#inView = new IntersectionObserver((entries) => {
      if (this.#isNear || !entries.some((entry) => entry.isIntersecting)) return;
      this.#isNear = true;
      void this.#load();
    });
    this.#inView.observe(this);
    addEventListener("online", this.#network);
    addEventListener("offline", this.#network);
    void this.updateComplete.then(() => this.connect.store.addEventListener("availability-changed", this.#changed));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#inView?.disconnect();
    clearTimeout(this.#settling);
    clearTimeout(this.#ending);
    removeEventListener("online", this.#network);
    removeEventListener("offline", this.#network);
    this.connect.store.removeEventListener("availability-changed", this.#changed);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("message")) return;
    const before = changed.get("message");
    if (before?.message_id !== this.message.message_id) {
      this.time = null;
      this.minutes = this.share.duration_minutes;
    }
    this.#awaitEnd();
    if (before && this.#isNear && before.edit_seq !== this.message.edit_seq) void this.#load();
  }

  get share(): Share {
    return this.message.share!;
  }

  get #api(): SharingApi {
    return new SharingApi(this.connect.client);
  }

  get #isMine(): boolean {
    return this.share.owner_id === this.connect.store.me?.sub;
  }

  get #owner(): Person | null {
    return this.connect.store.person(this.share.owner_id);
  }

  get #name(): string {
    return shortName(this.#owner?.name ?? "Somebody");
  }

  get #tzid(): string {
    return this.connect.store.me?.tzid ?? "UTC";
  }

  get #state() {
    const known = stateAt(this.share, Date.now());
    // The server knows of ends that no event tells, such as an owner who has left.
    return known === "live" && this.time ? this.time.share.state : known;
  }

  get #days(): readonly FreeDay[] {
    const { start_utc: from, end_utc: to } = this.share;
    return this.time ? freeDays(this.time, { from, to }, this.#tzid, Date.now()) : [];
  }

  // ---------------------------------------------------------------- keeping it true

  #awaitEnd(): void {
    clearTimeout(this.#ending);
    const left = toMillis(this.share.expires_at) - Date.now();
    if (this.share.state !== "live" || left <= 0) return;
    this.#ending = setTimeout(() => {
      this.requestUpdate();
      this.#awaitEnd();
    }, Math.min(left + 500, LONGEST_TIMER));
  }

  readonly #network = (): void => {
    if (navigator.onLine !== false && this.error && this.#isNear) void this.#load();
    this.requestUpdate();
  };

  readonly #changed = (event: Event): void => {
    const { subs } = event as AvailabilityChanged;
    if (!this.#isNear || !subs.some((sub) => sub === this.share.owner_id || sub === this.connect.store.me?.sub)) return;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => void this.#load(), SETTLE_MS);
  };

  async #load(work?: (api: SharingApi) => Promise<SharedTime>): Promise<void> {
    if (stateAt(this.share, Date.now()) !== "live") return;
    const asked = ++this.#asked;
    const { message_id: id } = this.message;
    try {
      const found = await (work ? work(this.#api) : this.#api.look(id, this.minutes));
      if (asked !== this.#asked) return;
      if (found.has_changed && !this.time?.has_changed) this.announce(this.#changedText);
      this.time = found;
      this.error = null;
    } catch (error) {
      if (asked === this.#asked) this.error = toApiError(error);
    }
  }

  async #refresh(): Promise<void> {
    if (this.busy) return;
    this.busy = "refreshing";
    await this.#load((api) => api.refresh(this.message.message_id));
    // The answer is about the length that was shared.
    if (this.minutes !== this.share.duration_minutes) await this.#load();
    this.busy = "";
    if (!this.error) this.announce("The times are up to date.");
    await this.updateComplete;
    this.week?.focus();
  }

  async #revoke(): Promise<void> {
    if (this.busy) return;
    this.busy = "ending";
    try {
      this.time = await this.#api.revoke(this.message.message_id);
      this.error = null;
      this.announce("Your free time is no longer shared here.");
    } catch (error) {
      this.error = toApiError(error);
      this.announce(`It is still shared. ${this.error.detail}`, "assertive");
    }
    this.busy = "";
  }

  async #pick(slot: Slot): Promise<void> {
    await this.dialog.updateComplete;
    this.dialog.show(slot, this.minutes);
  }

  #setMinutes(minutes: number): void {
    this.minutes = minutes;
    void this.#load();
  }

  #booked(event: CustomEvent<{ booking: Booking }>): void {
    event.stopPropagation();
    this.announce("Meeting booked. Its card follows in the conversation.");
    this.emit("connect-booked-shared", { bookingId: event.detail.booking.booking_id });
    void this.#load();
  }

  // ---------------------------------------------------------------- rendering

  get #changedText(): string {
    const at = formatTime(this.share.as_of, this.#tzid, this.language, this.clock);
    return this.#isMine ? `Your times have changed since ${at}.` : `${this.#name}’s times have changed since ${at}.`;
  }

  protected override render() {
    const shown = this.#state;
    return html`<section class="card ${shown}" aria-labelledby="heading">
        <header>
          ${appIcon("calendarShare")}
          <div class="what">
            <h3 id="heading">${this.#isMine ? "Your free time" : html`<bdi>${this.#name}</bdi>’s free time`}</h3>
            <p class="muted">${this.#daysText()}</p>
          </div>
          ${shown === "live" ? this.#tools() : html`<span class="chip">${shown === "revoked" ? "No longer shared" : "Expired"}</span>`}
        </header>
        ${shown === "live" ? this.#live() : html`<p class="muted over">${this.#overText(shown)}</p>`}
      </section>
      ${shown === "live" && !this.#isMine
        ? html`<connect-share-book
            .sharing=${this.#api}
            .messageId=${this.message.message_id}
            .me=${this.connect.store.me}
            .owner=${this.#owner}
            .extra=${this.share.duration_minutes}
            @connect-booked=${this.#booked}
          ></connect-share-book>`
        : nothing}
      ${this.liveRegions()}`;
  }

  #overText(shown: "revoked" | "expired"): string {
    if (this.#isMine) return "Nobody sees these times any more.";
    return shown === "revoked"
      ? `${this.#name} no longer shares these times. Ask for new ones, or schedule a meeting.`
      : "These days are over. Ask for new times, or schedule a meeting.";
  }

  /** "Fri 20 Nov – Thu 26 Nov · shared until the end of Sat 21 Nov": days are those of whoever shares them. */
  #daysText(): string {
    const { start_utc: start, end_utc: end, expires_at: expires, tzid } = this.share;
    const first = formatDay(dayKey(start, tzid), this.language);
    const last = formatDay(dayKey(toMillis(end) - 1, tzid), this.language);
    const days = first === last ? first : `${first} – ${last}`;
    if (this.#state !== "live" || expires === end) return days;
    return `${days} · shared until the end of ${formatDayOf(toMillis(expires) - 1, tzid, this.language)}`;
  }

  #tools(): TemplateResult {
    if (this.#isMine) {
      return html`<button class="button small" type="button" aria-busy=${this.busy === "ending"} @click=${this.#revoke}>
        Stop sharing
      </button>`;
    }
    return html`<select
      class="input length"
      aria-label="Length of the meeting"
      @change=${(event: Event) => this.#setMinutes(Number((event.target as HTMLSelectElement).value))}
    >
      ${lengthsWith(this.share.duration_minutes).map(
        (minutes) => html`<option value=${minutes} ?selected=${minutes === this.minutes}>${formatDuration(minutes)}</option>`,
      )}
    </select>`;
  }

  #live(): TemplateResult {
    const { time, error } = this;
    const days = this.#days;
    const isOffline = navigator.onLine === false;
    return html`
      ${this.#zones()}
      ${isOffline ? note("warning", "offline", time ? "Offline. These times may be old." : "Offline. The times are shown once you are back.") : nothing}
      ${error && !isOffline
        ? note("danger", "warning", `The times could not be read. ${error.detail}`, this.#action("Try again", () => void this.#load()))
        : nothing}
      ${time?.problem ? note("warning", "warning", this.#problem(time.problem)) : nothing}
      ${time?.has_changed
        ? note("info", "sync", this.#changedText, this.#action("Refresh", () => void this.#refresh(), this.busy === "refreshing"))
        : nothing}
      ${time === null
        ? error || isOffline
          ? nothing
          : html`<div class="waiting" role="status"><span class="visually-hidden">Reading free time…</span><span class="skeleton"></span></div>`
        : this.#times(days)}
    `;
  }

  #times(days: readonly FreeDay[]): TemplateResult {
    const isFree = days.some((day) => day.free.length > 0);
    if (!isFree) {
      return html`<p class="empty">${icon("calendar")}<span>${this.#isMine ? "You are" : html`<bdi>${this.#name}</bdi> is`} not free any more in these days.</span></p>`;
    }
    const isNotBoth = !this.#isMine && !this.time?.problem && !hasTimes(days);
    return html`
      ${isNotBoth ? note("info", "info", `No ${formatDuration(this.minutes)} in these days in which both of you are free. Try a shorter meeting.`) : nothing}
      <connect-free-week
        .days=${days}
        tzid=${this.#tzid}
        other-tzid=${this.#isMine ? "" : (this.#owner?.tzid ?? this.share.tzid)}
        other-name=${this.#isMine ? "" : this.#name}
        locale=${this.language}
        ?read-only=${this.#isMine}
        @connect-pick=${(event: CustomEvent<{ slot: Slot }>) => void this.#pick(event.detail.slot)}
      ></connect-free-week>
      <p class="legend muted">
        <span class="key"><span class="swatch free" aria-hidden="true"></span>Free</span>
        <span class="key"><span class="swatch taken" aria-hidden="true"></span>Not free</span>
        ${this.#isMine ? html`<span class="who">Others see this, and no more. <a href=${settingsPath("calendars")}>Calendars behind it</a></span>` : nothing}
      </p>
    `;
  }

  #problem(problem: NonNullable<SharedTime["problem"]>): string {
    if (problem.code === "unknown" && !this.#isMine) return `${problem.detail} No time can be booked until it is.`;
    return `${problem.detail} Look at Settings, Calendars.`;
  }

  #zones() {
    if (this.#isMine) return nothing;
    const now = Date.now();
    const theirs = this.#owner?.tzid ?? this.share.tzid;
    const differs = offsetMinutes(now, theirs) !== offsetMinutes(now, this.#tzid);
    return html`<p class="zones">
      <span>Your time: ${zoneLabel(this.#tzid, now)}</span>
      ${differs ? html`<span class="muted"><bdi>${this.#name}</bdi>: ${zoneLabel(theirs, now)}</span>` : nothing}
    </p>`;
  }

  #action(label: string, act: () => void, isBusy = false): TemplateResult {
    return html`<button class="button small" type="button" aria-busy=${isBusy} @click=${act}>${label}</button>`;
  }
}

function note(
  kind: "info" | "warning" | "danger",
  picture: "info" | "warning" | "offline" | "sync",
  text: string,
  action: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  return html`<div class="notice ${kind}">${icon(picture)}<span class="notice-text">${text}</span>${action}</div>`;
}

define("connect-share", ShareCardElement);
