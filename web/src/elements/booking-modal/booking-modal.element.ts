/**
 * `<convene-booking-modal>`: from "Schedule a meeting" to booked in three presses: open, a suggested time, Book.
 *
 * Properties: `api` (see SchedulingApi), `me`, `participants`, and `booking` (a Card) to move a meeting instead.
 * `show()` opens; `prefetch()` asks early; `availabilityChanged(subs)` greys what vanished.
 * Events: `convene-booked` and `convene-moved` `{booking}`, `convene-ask` `{participants, text}`, `convene-close`.
 */
import { html, nothing, type PropertyValues } from "lit";
import { property, query, state } from "lit/decorators.js";
import { firstQuery, shared } from "../../controllers/availability-feed.ts";
import { BookingSession } from "../../controllers/booking-session.ts";
import { DURATIONS, type Details } from "../../controllers/booking-states.ts";
import { ConveneElement } from "../../internal/element.ts";
import { whenIdle } from "../../internal/idle.ts";
import { isTyping } from "../../internal/keyboard.ts";
import { recall, remember } from "../../internal/memory.ts";
import { type Group, type Person, invited, shortName } from "../../internal/people.ts";
import type { SchedulingApi } from "../../internal/scheduling-api.ts";
import { strings } from "../../internal/strings.ts";
import { type DayKey, deviceZone, dualTime, formatDuration, formatTime, friendlyDay, dayKey } from "../../internal/time.ts";
import type { Card, Slot } from "../../internal/types.ts";
import { button, field, notice, skeleton } from "../../styles/shared.ts";
import type { DialogElement } from "../dialog/dialog.ts";
import "../dialog/dialog.ts";
import type { SlotPickerElement } from "../slot-picker/slot-picker.ts";
import "../slot-picker/slot-picker.ts";
import "../zone-select/zone-select.ts";
import { body } from "./booking-modal.body.ts";
import { type BothState, bothWeek } from "./booking-modal.both.ts";
import type { ModalExtras } from "./booking-modal.extras.ts";
import { footer } from "./booking-modal.footer.ts";
import { styles } from "./booking-modal.styles.ts";
import { obstacleText, troubleText } from "./booking-modal.words.ts";

const DEFAULT_DURATION = 30;
const SLOW_MS = 700;

export class BookingModalElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, field, notice, skeleton, styles);
  static override parts = ["common", "meeting"] as const;

  @property({ attribute: false }) api: SchedulingApi | null = null;
  @property({ attribute: false }) me: Person = { sub: "", name: "", tzid: "" };
  @property({ attribute: false }) participants: readonly Person[] = [];
  /** Others of whom some are enough. */
  @property({ attribute: false }) group: Group | null = null;
  /** What unites the people, instead of all their names: "#launch". */
  @property() topic = "";
  /** People who can be added to the meeting; empty hides the field. */
  @property({ attribute: false }) candidates: readonly Person[] = [];
  /** The meeting to move; null books a new one. */
  @property({ attribute: false }) booking: Card | null = null;
  /** False hides "Ask for times" where nobody would receive the question. */
  @property({ type: Boolean, attribute: "can-ask" }) canAsk = false;

  @property({ attribute: false }) extras: ModalExtras | null = null;

  @state() session: BookingSession | null = null;
  /** Stands for the session while the modal is closed: what it shows first is drawn ahead of time. */
  @state() private blank: BookingSession | null = null;
  @state() details: Details = { title: "", note: "", conferencing: true };
  @state() isSlow = false;
  @state() isChangingZone = false;
  @state() isAskingToDiscard = false;
  /** The week overlay over both calendars. */
  @state() both: BothState = "closed";
  @query("cv-dialog") private dialog!: DialogElement;
  #slowTimer: ReturnType<typeof setTimeout> | null = null;
  #loadedDays = 0;
  #isWarming = false;

  get #met(): readonly Person[] {
    return this.session?.participants ?? this.participants;
  }

  get other(): Person {
    return this.#met[0] ?? { sub: "", name: "", tzid: this.myZone };
  }

  get otherName(): string {
    return shortName(this.other.name);
  }

  /** More people than one are met: what is said of one of them would be wrong of the others. */
  get isGroup(): boolean {
    return this.#met.length > 1 || Boolean(this.session?.group ?? this.group);
  }

  get otherNames(): string {
    return this.topic || strings().names(this.#met.map((person) => person.name));
  }

  /** The title that is used when none is written. */
  get suggestedTitle(): string {
    if (this.topic) return strings().meetingWith(this.topic);
    const names = this.#met.map((person) => shortName(person.name));
    return this.me.name ? strings().names([shortName(this.me.name), ...names]) : strings().meetingWith(strings().names(names));
  }

  get myZone(): string {
    return this.session?.tzid ?? (this.me.tzid || deviceZone());
  }

  get today(): DayKey {
    return dayKey(Date.now(), this.myZone);
  }

  /** Asks for the first fortnight before the modal opens; the modal then finds the answer on its way. */
  prefetch(): void {
    if (!this.api || (this.participants.length === 0 && !this.group) || this.session) return;
    const people = invited(this.participants, this.group);
    const ask = firstQuery(people, this.myZone, this.#duration(), Date.now(), this.booking?.booking_id);
    // A failure will be met again, and shown, when the modal opens.
    shared(this.api, ask, Date.now()).catch(() => undefined);
  }

  /** Draws the closed modal when the browser has nothing else to do, so that opening it only has to show it. */
  warm(): void {
    if (this.#isWarming || this.blank) return;
    this.#isWarming = true;
    whenIdle(() => {
      this.#isWarming = false;
      if (!this.isConnected || !this.api || this.session) return;
      const blank = this.#newSession(this.api);
      blank.phase = "loading";
      this.blank = blank;
    });
  }

  #newSession(api: SchedulingApi): BookingSession {
    return new BookingSession({
      api,
      me: { ...this.me, tzid: this.me.tzid || deviceZone() },
      participants: this.participants,
      group: this.group,
      durationMinutes: this.#duration(),
      booking: this.booking,
      knowsRooms: this.extras !== null,
    });
  }

  show(): void {
    if (!this.api || this.session) return;
    const session = this.#newSession(this.api);
    session.online = navigator.onLine !== false;
    session.addEventListener("change", this.#onSessionChange);
    this.session = session;
    this.details = { title: "", note: "", conferencing: true };
    this.isAskingToDiscard = this.isChangingZone = false;
    this.#loadedDays = 0;
    addEventListener("online", this.#onNetwork);
    addEventListener("offline", this.#onNetwork);
    addEventListener("focus", this.#onReturn);
    this.#slowTimer = setTimeout(() => (this.isSlow = session.phase === "loading"), SLOW_MS);
    const opened = session.open();
    void this.updateComplete.then(() => this.dialog.show());
    void opened.then(() => this.#focusFirstOffer());
  }

  /** Closes without asking. */
  hide(): void {
    this.dialog?.close();
  }

  /** Tells the modal that somebody's calendar changed (the socket's `availability.changed`). */
  availabilityChanged(subs: readonly string[]): void {
    void this.session?.availabilityChanged(subs);
    this.renderRoot.querySelector("convene-week-overlay")?.refresh();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#end();
  }

  #end(): void {
    removeEventListener("online", this.#onNetwork);
    removeEventListener("offline", this.#onNetwork);
    removeEventListener("focus", this.#onReturn);
    if (this.#slowTimer) clearTimeout(this.#slowTimer);
    this.session?.removeEventListener("change", this.#onSessionChange);
    this.session?.close();
    this.session = this.blank = null;
    this.isSlow = false;
    this.both = "closed";
    this.warm();
  }

  #duration(): number {
    const remembered = Number(recall(`duration.${this.other.sub}`));
    return this.booking?.duration_min ?? (remembered > 0 ? remembered : DEFAULT_DURATION);
  }

  #onNetwork = (): void => this.session?.setOnline(navigator.onLine !== false);

  #onReturn = (): void => void this.session?.refreshIfOld();

  #onSessionChange = (): void => {
    const session = this.session;
    if (!session) return;
    if (session.phase !== "loading") this.isSlow = false;
    const days = session.feed.days.length;
    if (session.phase === "ready" && days > this.#loadedDays) {
      this.#loadedDays = days;
      this.announce(strings().daysLoaded(days));
    }
    this.requestUpdate();
  };

  #focusFirstOffer(): void {
    void this.updateComplete.then(async () => {
      const session = this.session;
      // Only if nobody went elsewhere while the times were on their way.
      const active = this.shadowRoot?.activeElement;
      if (session?.phase !== "ready" || (active && active !== this.dialog)) return;
      const offer = this.renderRoot.querySelector<HTMLElement>(".offer");
      if (offer) offer.focus();
      else {
        await this.picker?.updateComplete;
        this.picker?.focusSlots();
      }
    });
  }

  get picker(): SlotPickerElement | null {
    return this.renderRoot.querySelector("convene-slot-picker");
  }

  // ---- what people do ----

  choose(slot: Slot, confirm = false): void {
    this.session?.select(slot);
    if (!this.session?.selected) return;
    this.announce(strings().selectedTime(this.timeOf(slot.start).label));
    if (confirm) void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(".book")?.focus());
  }

  setDuration(minutes: number): void {
    if (this.other.sub && !this.booking) remember(`duration.${this.other.sub}`, String(minutes));
    void this.session?.setDuration(minutes);
  }

  setPeople(people: readonly Person[], group: Group | null = null): void {
    if (people.length === 0 && !group) return;
    void this.session?.setParticipants(people, group);
  }

  async changeZone(): Promise<void> {
    this.isChangingZone = true;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("cv-zone-select")?.focus();
  }

  setZone(tzid: string): void {
    this.isChangingZone = false;
    void this.session?.setZone(tzid);
  }

  edit(change: Partial<Details>): void {
    this.details = { ...this.details, ...change };
  }

  /** Sends a question to the person instead of a booking. */
  ask(): void {
    this.emit("convene-ask", { participants: this.#met.map((person) => person.sub), text: "" });
    this.hide();
  }

  async save(): Promise<void> {
    const session = this.session;
    if (!session) return;
    const obstacle = session.obstacle;
    if (obstacle !== null) {
      if (obstacle !== "saving") this.announce(obstacleText(session) ?? "", "assertive");
      return;
    }
    const title = this.details.title.trim() || this.suggestedTitle;
    const booking = await session.save({ ...this.details, title });
    if (this.session !== session) return;
    if (booking) {
      this.hide();
      this.emit(session.isMove ? "convene-moved" : "convene-booked", { booking });
    } else if (session.trouble) {
      this.announce(troubleText(this, session), "assertive");
      void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(".alternative")?.focus());
    }
  }

  get hasTyped(): boolean {
    return this.details.note.trim() !== "" || this.details.title.trim() !== "";
  }

  #beforeClose = (): boolean => {
    if (!this.hasTyped || this.session?.phase === "booked" || this.isAskingToDiscard) return true;
    this.isAskingToDiscard = true;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(".keep")?.focus());
    return false;
  };

  #onClosed = (event: Event): void => {
    event.stopPropagation();
    this.#end();
    this.emit("convene-close");
  };

  #onKeydown = (event: KeyboardEvent): void => {
    if (event.key !== "/" || isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    void this.changeZone();
  };

  // ---- words that several parts use ----

  timeOf(start: string) {
    return dualTime(start, {
      mine: this.myZone,
      theirs: this.other.tzid || null,
      name: this.otherName,
      locale: this.language,
      hourCycle: this.clock,
    });
  }

  /** "Tue 24 Nov, 14:30" in the viewer's zone. */
  when(start: string): string {
    const day = friendlyDay(dayKey(start, this.myZone), this.today, this.language);
    return `${day}, ${formatTime(start, this.myZone, this.language, this.clock)}`;
  }

  /** True when there is nothing to book here at all: no details, no footer, only the explanation and its exits. */
  get isBlocked(): boolean {
    const session = this.session;
    if (!session || session.phase === "loading") return false;
    const known = session.knowledge.kind;
    if (known === "not_shared" || known === "unknown") return true;
    return session.trouble?.kind === "forbidden" && session.feed.loadedTo === session.feed.firstDay;
  }

  protected override firstUpdated(): void {
    this.warm();
  }

  /** Closed, it follows none of its properties: they are read when it opens. */
  protected override shouldUpdate(changed: PropertyValues): boolean {
    return this.session !== null || !this.hasUpdated || changed.has("session") || changed.has("blank");
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("session") && !this.session) this.isAskingToDiscard = false;
  }

  protected override render() {
    const words = strings();
    const session = this.session ?? this.blank;
    const heading = this.booking ? words.move(this.booking.title) : words.meetWith(this.otherNames);
    return html`
      <cv-dialog
        exportparts="dialog"
        heading=${heading}
        .beforeClose=${this.#beforeClose}
        .initialFocus=${() => this.renderRoot.querySelector<HTMLElement>(".offer")}
        @cv-close=${this.#onClosed}
      >
        ${session ? this.#durations(session) : nothing}
        ${session ? html`<div class="content" aria-busy=${session.phase === "loading"} @keydown=${this.#onKeydown}>${body(this, session)}</div>` : nothing}
        ${session ? footer(this, session) : nothing}
      </cv-dialog>
      ${session && this.both === "open" ? bothWeek(this, session) : nothing} ${this.liveRegions()}
    `;
  }

  #durations(session: BookingSession) {
    const choices = [...new Set([...DURATIONS, session.durationMinutes])].sort((a, b) => a - b);
    return html`<select
      slot="heading-extra"
      class="input duration"
      aria-label=${strings().durationLabel}
      @change=${(event: Event) => this.setDuration(Number((event.target as HTMLSelectElement).value))}
    >
      ${choices.map(
        (minutes) =>
          html`<option value=${minutes} ?selected=${minutes === session.durationMinutes}>${formatDuration(minutes)}</option>`,
      )}
    </select>`;
  }
}
