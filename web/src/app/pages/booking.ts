/**
 * `<booking-page>`: everything about one meeting, and everything that can be done to it.
 *
 * A page of the platform: it speaks to `/api` alone and works where Connect does not run. It reads the meeting again
 * when the window comes back into view, so that it never shows an old state for long.
 */
import { type PropertyValues, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import "../../elements/booking-modal/booking-modal.ts";
import type { BookingModalElement, ModalExtras } from "../../elements/booking-modal/booking-modal.ts";
import "../../elements/cancel-dialog/cancel-dialog.ts";
import type { CancelDialogElement } from "../../elements/cancel-dialog/cancel-dialog.element.ts";
import "../../elements/menu/menu.ts";
import type { MenuItem } from "../../elements/menu/menu.element.ts";
import "../../elements/toast/toast.ts";
import type { ToastElement } from "../../elements/toast/toast.element.ts";
import { ApiError, type ApiClient } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { type SchedulingApi, platformApi } from "../../internal/scheduling-api.ts";
import { isOff } from "../../internal/meeting.ts";
import { type Booking, cardFromBooking, isNewer } from "../../internal/types.ts";
import { avatar, button, chip, notice, skeleton } from "../../styles/shared.ts";
import { bookingExtras } from "../booking/extras.ts";
import { roomsAt } from "../booking/rooms.ts";
import { explainOnPlatform } from "../booking/why-not.ts";
import { ConflictsWatch, type OpenConflicts } from "../conflicts.ts";
import { type Route, type Router, bookingPath } from "../router.ts";
import type { Session } from "../session.ts";
import { conflictNotice } from "../ui/conflict-notice.ts";
import { brand } from "../ui/brand.ts";
import { appIcon } from "../ui/icons.ts";
import { empty, failure, skeletons } from "../ui/parts.ts";
import { page, parts } from "../ui/styles.ts";
import { setTitle } from "../ui/title.ts";
import "./booking-answer.ts";
import "./booking-invitations.ts";
import { type BookingView, head, history, participants, note } from "./booking.parts.ts";
import { styles } from "./booking.styles.ts";

/** Receipts of calendars arrive within moments of a change: look again while one is open. */
const SETTLE_MS = 3_000;

export class BookingPage extends ConveneElement {
  static override styles = ConveneElement.withStyles(avatar, button, chip, notice, skeleton, parts, page, styles);

  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) router!: Router;
  @property({ attribute: false }) route!: Route;
  @property({ attribute: false }) conflicts: OpenConflicts | null = null;
  @state() private booking: Booking | null = null;
  @state() private problem: unknown = null;
  @state() private isOnline = navigator.onLine;
  @query("convene-booking-modal") private modal!: BookingModalElement;
  @query("convene-cancel-dialog") private cancelDialog!: CancelDialogElement;
  @query("cv-toast") private toasts!: ToastElement;
  #scheduling: SchedulingApi | null = null;
  #extras: ModalExtras | null = null;
  #settle: ReturnType<typeof setTimeout> | undefined;
  #didAction = false;

  constructor() {
    super();
    new ConflictsWatch(this, () => this.conflicts);
  }

  get #id(): string {
    return this.route.name === "booking" ? this.route.bookingId : "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#returned);
    addEventListener("online", this.#network);
    addEventListener("offline", this.#network);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#returned);
    removeEventListener("online", this.#network);
    removeEventListener("offline", this.#network);
    clearTimeout(this.#settle);
  }

  readonly #returned = (): void => {
    if (document.visibilityState === "visible") void this.#load();
  };

  readonly #network = (): void => {
    this.isOnline = navigator.onLine;
    if (this.isOnline) void this.#load();
  };

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("route")) return;
    const before = changed.get("route");
    if (before?.name === "booking" && before.bookingId === this.#id) {
      this.#didAction = false;
      void this.updateComplete.then(() => this.#doAction());
      return;
    }
    this.booking = null;
    this.#didAction = false;
    const me = this.session.account?.sub ?? "";
    this.#scheduling = platformApi(me, this.api);
    this.#extras = bookingExtras(explainOnPlatform(me, this.api), roomsAt("/api/resources", this.api));
    setTitle("Meeting");
    void this.#load();
  }

  async #load(): Promise<void> {
    const id = this.#id;
    try {
      const booking = await this.api.get<Booking>(`/api/bookings/${encodeURIComponent(id)}`);
      if (id === this.#id) this.#take(booking);
      this.problem = null;
    } catch (error) {
      if (id === this.#id) this.problem = error;
    }
    await this.updateComplete;
    void this.#doAction();
  }

  /** Keeps the newest snapshot, and looks again while a calendar has not confirmed. */
  #take(booking: Booking): void {
    if (this.booking !== null && isNewer(booking, this.booking)) this.conflicts?.suspect();
    if (this.booking === null || isNewer(booking, this.booking) || booking.history !== undefined) this.booking = booking;
    setTitle(booking.title);
    clearTimeout(this.#settle);
    const isOpen = booking.participants.some((person) => person.calendar?.state === "pending");
    if (isOpen) this.#settle = setTimeout(() => void this.#load(), SETTLE_MS);
  }

  /** `?do=reschedule` and `?do=cancel` open their dialog once. */
  async #doAction(): Promise<void> {
    if (this.#didAction || this.booking === null || this.route.name !== "booking" || this.route.action === null) return;
    this.#didAction = true;
    if (!this.#canChange(this.booking)) return;
    if (this.route.action === "reschedule") this.modal?.show();
    else this.cancelDialog?.show();
  }

  #canChange(booking: Booking): boolean {
    return !isOff(booking) && booking.state !== "requested" && Date.parse(booking.end) > Date.now();
  }

  /** Something was done here: show it at once, then with its history, and leave the address clean. */
  #done(text: string, booking: Booking): void {
    this.#take({ ...booking, history: booking.history ?? this.booking?.history ?? [] });
    this.toasts.show({ text });
    this.#clean();
    void this.#load();
  }

  readonly #clean = (): void => {
    if (this.route.name === "booking" && this.route.action !== null) {
      this.router.go(bookingPath(this.#id), { replace: true });
    }
  };

  protected override render() {
    return html`
      <header class="bar">
        <a class="home" href="/" aria-label="Convene, back to Connect">${brand()}</a>
        <a class="button small" href="/">${appIcon("arrowLeft")}Connect</a>
      </header>
      <div class="sheet">${this.#content()}</div>
      ${this.booking === null || this.booking.state === "requested" ? nothing : this.#dialogs(this.booking)}
      <cv-toast></cv-toast>
    `;
  }

  #content() {
    const { booking, problem } = this;
    const trouble = problem === null ? nothing : failure("The newest state could not be read.", problem, () => void this.#load());
    if (booking !== null) return html`${this.#offline()}${trouble}${this.#meeting(booking)}`;
    if (problem === null) return skeletons(3, "panel", "Loading the meeting");
    const status = problem instanceof ApiError ? problem.status : 0;
    if (status === 404 || status === 403) {
      return empty(
        "calendar",
        "You cannot see this meeting",
        "It may not exist, or you are not one of the people in it. Check that you are signed in as the right person.",
        html`<a class="button" href="/">Go to Connect</a>`,
      );
    }
    return failure("The meeting could not be read.", problem, () => void this.#load());
  }

  #offline() {
    if (this.isOnline) return nothing;
    return html`<div class="notice warning" role="status">
      ${icon("offline")}
      <p class="notice-text">You are offline. This is what was known last; nothing can be changed until you are back.</p>
    </div>`;
  }

  #meeting(booking: Booking) {
    const view: BookingView = { booking, tzid: this.session.account?.tzid ?? "UTC", locale: this.language, me: this.session.account?.sub ?? "" };
    const conflict = isOff(booking) ? null : (this.conflicts?.of(booking.booking_id) ?? null);
    return html`
      ${conflict === null ? nothing : conflictNotice(conflict, view)}
      <section class="head ${isOff(booking) ? "cancelled" : ""}" aria-labelledby="title">
        ${head(view)} ${this.#actions(booking)}
      </section>
      ${booking.note ? note(view) : nothing} ${participants(view)}
      <booking-invitations
        .api=${this.api}
        .booking=${booking}
        tzid=${view.tzid}
        ?offline=${!this.isOnline}
        @proposal-answered=${(event: CustomEvent<{ booking: Booking; answer: string }>) =>
          this.#done(event.detail.answer === "accept" ? "Meeting moved." : "Proposal declined.", event.detail.booking)}
        @proposal-stale=${() => void this.#load()}
      ></booking-invitations>
      ${history(view)}
    `;
  }

  #actions(booking: Booking) {
    const join = booking.conferencing?.join_url ?? "";
    if (isOff(booking)) return nothing;
    if (booking.state === "requested") return this.#answer(booking);
    const isPast = Date.parse(booking.end) <= Date.now();
    return html`<div class="actions">
      ${!isPast && /^https?:/iu.test(join)
        ? html`<a class="button primary" href=${join} target="_blank" rel="noopener noreferrer">${icon("video")}Join</a>`
        : nothing}
      <cv-menu label="Add to calendar" .items=${calendarItems(booking)}></cv-menu>
      ${isPast
        ? nothing
        : html`<button class="button" type="button" aria-disabled=${this.isOnline ? nothing : "true"} @click=${() => this.isOnline && this.modal.show()}>
              Reschedule
            </button>
            <button class="button" type="button" aria-disabled=${this.isOnline ? nothing : "true"} @click=${() => this.isOnline && this.cancelDialog.show()}>
              Cancel meeting
            </button>`}
    </div>`;
  }

  #answer(booking: Booking) {
    return html`<booking-answer
      .api=${this.api}
      .booking=${booking}
      tzid=${this.session.account?.tzid ?? "UTC"}
      ?offline=${!this.isOnline}
      @request-answered=${(event: CustomEvent<{ booking: Booking; answer: string }>) =>
        this.#done(event.detail.answer === "accept" ? "Request accepted." : "Request declined.", event.detail.booking)}
      @request-stale=${() => void this.#load()}
    ></booking-answer>`;
  }

  #dialogs(booking: Booking) {
    const account = this.session.account;
    const card = cardFromBooking(booking);
    const others = booking.participants
      .filter((person) => person.sub !== account?.sub)
      .map((person) => ({ sub: person.sub, name: person.name, tzid: person.tzid }));
    const me = { sub: account?.sub ?? "", name: account?.name ?? "", tzid: account?.tzid ?? "" };
    return html`
      <convene-booking-modal
        .api=${this.#scheduling}
        .me=${me}
        .participants=${others}
        .booking=${card}
        .extras=${this.#extras}
        @convene-moved=${(event: CustomEvent<{ booking: Booking }>) => this.#done("Meeting moved.", event.detail.booking)}
        @convene-close=${this.#clean}
      ></convene-booking-modal>
      <convene-cancel-dialog
        .api=${this.#scheduling}
        .card=${card}
        .viewer=${me.sub}
        .tzid=${me.tzid}
        @convene-cancelled=${(event: CustomEvent<{ booking: Booking }>) => this.#done("Meeting cancelled.", event.detail.booking)}
        @convene-close=${this.#clean}
      ></convene-cancel-dialog>
    `;
  }
}

function calendarItems(booking: Booking): MenuItem[] {
  const { ics, google, outlook, office365, yahoo } = booking.links;
  const items: (MenuItem | null)[] = [
    ics ? { id: "ics", label: "Download for any calendar (.ics)", href: ics, download: "meeting.ics" } : null,
    google ? { id: "google", label: "Google", href: google } : null,
    outlook ? { id: "outlook", label: "Outlook.com", href: outlook } : null,
    office365 ? { id: "office365", label: "Microsoft 365", href: office365 } : null,
    yahoo ? { id: "yahoo", label: "Yahoo", href: yahoo } : null,
  ];
  return items.filter((item): item is MenuItem => item !== null);
}
define("booking-page", BookingPage);
