/**
 * `<connect-window>`: Connect's main window: the list, the conversation, and what lies over them.
 *
 * Parts ask for profiles, bookings and conversations by events; this element alone opens dialogs and changes the address.
 */
import { type PropertyValues, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import "../../elements/booking-modal/booking-modal.ts";
import type { BookingModalElement } from "../../elements/booking-modal/booking-modal.element.ts";
import "../../elements/cancel-dialog/cancel-dialog.ts";
import type { CancelDialogElement } from "../../elements/cancel-dialog/cancel-dialog.element.ts";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import "../../elements/toast/toast.ts";
import type { ToastElement } from "../../elements/toast/toast.element.ts";
import "../../elements/upcoming/upcoming.ts";
import type { ApiClient } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import type { Person as Participant } from "../../internal/people.ts";
import type { Booking } from "../../internal/types.ts";
import { button, notice, skeleton } from "../../styles/shared.ts";
import type { OpenConflicts } from "../conflicts.ts";
import type { Card } from "../model.ts";
import { type Route, type Router, bookingPath, conversationPath } from "../router.ts";
import type { Session } from "../session.ts";
import { StoreWatch } from "../store-watch.ts";
import type { AvailabilityChanged, NotificationArrived } from "../store-events.ts";
import type { StoredMessage } from "../store.ts";
import { conversationTitle, latestConversation } from "../titles.ts";
import "../ui/confirm.ts";
import type { ConfirmDialog } from "../ui/confirm.ts";
import { failure, reason, skeletons } from "../ui/parts.ts";
import { parts } from "../ui/styles.ts";
import { setTitle, setUnreadInTitle } from "../ui/title.ts";
import "./card.element.ts";
import "./channels.element.ts";
import type { ChannelsElement } from "./channels.element.ts";
import { Connect } from "./connect.ts";
import { type Meeting, meetingOf, participant } from "./meetings.ts";
import { notificationToast } from "./notification-toast.ts";
import "./conversation.element.ts";
import type { ConversationElement } from "./conversation.element.ts";
import { type BookWith, type OpenProfile, type ShowMessage } from "./events.ts";
import "./profile.element.ts";
import type { ProfileElement } from "./profile.element.ts";
import "./sidebar.element.ts";
import "./switcher.element.ts";
import type { SwitcherElement } from "./switcher.element.ts";
import { notHere, nothingOpen } from "./window.parts.ts";
import { styles } from "./window.styles.ts";

const WIDE = "(min-width: 768px)";

export class WindowElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, notice, skeleton, parts, styles);

  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) router!: Router;
  @property({ attribute: false }) route!: Route;
  @property({ attribute: false }) conflicts: OpenConflicts | null = null;
  /** On narrow windows: which of the two is shown. */
  @property({ reflect: true }) pane: "list" | "conversation" = "list";
  @state() private booking: Meeting | null = null;
  @state() private cancelling: Card | null = null;
  @state() private meeting: string | null = null;
  @query("connect-conversation") private conversation!: ConversationElement | null;
  @query(".meeting") private meetingDialog!: DialogElement;
  @query("convene-booking-modal") private modal!: BookingModalElement;
  @query("convene-cancel-dialog") private cancelDialog!: CancelDialogElement;
  @query("connect-profile") private profile!: ProfileElement;
  @query("connect-switcher") private switcher!: SwitcherElement;
  @query("connect-channels") private channels!: ChannelsElement;
  @query("cv-toast") private toasts!: ToastElement;
  @query("confirm-dialog") private confirm!: ConfirmDialog;
  @state() private connect!: Connect;
  #isArriving = true;

  protected readonly watch = new StoreWatch(
    this,
    () => this.connect?.store,
    () => ["conversations", "people", "upcoming", ...this.connect.store.upcoming.map((id) => `card:${id}`)],
  );

  override connectedCallback(): void {
    super.connectedCallback();
    this.connect = new Connect(this.api, this.conflicts);
    this.connect.addEventListener("change", () => this.requestUpdate());
    this.connect.line.addEventListener("state", this.#lineChanged);
    this.connect.store.addEventListener("notification-arrived", this.#notified);
    this.connect.store.addEventListener("availability-changed", this.#availabilityChanged);
    document.addEventListener("keydown", this.#keydown);
    void this.connect.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.connect.stop();
    document.removeEventListener("keydown", this.#keydown);
    setUnreadInTitle(0);
  }

  readonly #lineChanged = (): void => {
    this.requestUpdate();
    if (this.connect.line.state === "signed-out") this.session.ended();
  };

  readonly #keydown = (event: KeyboardEvent): void => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      this.switcher?.show("all");
    } else if (event.altKey && event.shiftKey && event.code === "KeyM") {
      event.preventDefault();
      this.conversation?.schedule();
    }
  };

  get #selected(): string | null {
    return this.route.name === "conversation" ? this.route.conversationId : null;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.pane = this.#selected === null ? "list" : "conversation";
    if (changed.has("route")) this.#isArriving = true;
    if (this.connect.state !== "ready") return;
    if (this.#isArriving && this.#selected === null && matchMedia(WIDE).matches) this.#openLatest();
    this.#isArriving = false;
    this.#title();
  }

  #title(): void {
    const { store } = this.connect;
    const selected = this.#selected === null ? undefined : store.conversations.get(this.#selected);
    setTitle(selected === undefined ? "Connect" : conversationTitle(store, selected));
    let unread = 0;
    for (const conversation of store.conversations.values()) unread += conversation.unread;
    setUnreadInTitle(unread);
  }

  /** A wide window has room for a conversation: the one with the newest message. */
  #openLatest(): void {
    const latest = latestConversation(this.connect.store);
    if (latest !== null) queueMicrotask(() => this.router.go(conversationPath(latest), { replace: true }));
  }

  readonly #go = (conversationId: string): void => this.router.go(conversationPath(conversationId));

  // ---------------------------------------------------------------- what parts ask for

  #openProfile(event: CustomEvent<OpenProfile>): void {
    void this.profile.show(event.detail.sub, event.detail.anchor);
  }

  async #messagePerson(event: CustomEvent<ShowMessage>): Promise<void> {
    try {
      this.#go(await this.connect.directMessage(event.detail.sub));
    } catch (error) {
      this.#say(`The conversation could not be opened. ${reason(error)}`, "assertive");
    }
  }

  #book(event: CustomEvent<BookWith>): void {
    void this.#openModal(meetingOf(this.connect.store, event.detail));
  }

  readonly #prefetch = async (event: CustomEvent<BookWith>): Promise<void> => {
    this.booking = meetingOf(this.connect.store, event.detail);
    await this.updateComplete;
    this.modal.prefetch();
  };

  /** Nothing fits: a question is put into the composer, for the person to read over and send. */
  async #ask(event: CustomEvent<{ participants: string[] }>): Promise<void> {
    const [sub] = event.detail.participants;
    if (sub === undefined) return;
    this.modal.hide();
    try {
      const id = await this.connect.directMessage(sub);
      if (this.connect.drafts.get(id) === "") this.connect.drafts.set(id, "I would like to meet you. Which times would suit you?");
      this.#go(id);
      this.conversation?.showDraft();
    } catch (error) {
      this.#say(`The conversation could not be opened. ${reason(error)}`, "assertive");
    }
  }

  /** One meeting by itself, from the list of what is next. */
  async #showMeeting(card: Card): Promise<void> {
    this.meeting = card.booking_id;
    await this.updateComplete;
    this.meetingDialog.show();
  }

  async #openModal(booking: Meeting): Promise<void> {
    this.meetingDialog.close();
    this.booking = booking;
    await this.updateComplete;
    await this.modal.updateComplete;
    this.modal.show();
  }

  #justBooked: string | null = null;

  #bookedNow(booking: Booking): void {
    this.#justBooked = booking.booking_id;
    this.#say("Meeting booked.");
  }

  /** The focus is back at what opened the modal; from there it goes on to the card that came of it, if it comes here. */
  readonly #modalClosed = (): void => {
    const bookingId = this.#justBooked;
    this.#justBooked = null;
    if (bookingId !== null) this.conversation?.showCard(bookingId);
  };

  /** The people of a booking other than oneself. */
  #others(card: Card): Participant[] {
    return card.participants
      .filter((person) => person.user_id !== this.connect.store.me?.sub)
      .map((person) => ({ sub: person.user_id, name: person.display_name, tzid: person.tz }));
  }

  #reschedule(event: CustomEvent<{ card: Card }>): void {
    const { card } = event.detail;
    void this.#openModal({ people: this.#others(card), card, conversationId: this.#selected });
  }

  #bookAgain(event: CustomEvent<{ card: Card }>): void {
    const { card } = event.detail;
    void this.#openModal({ people: this.#others(card), card: null, conversationId: this.#selected });
  }

  async #cancel(event: CustomEvent<{ card: Card }>): Promise<void> {
    this.meetingDialog.close();
    this.cancelling = event.detail.card;
    await this.updateComplete;
    await this.cancelDialog.updateComplete;
    this.cancelDialog.show();
  }

  async #leave(event: CustomEvent<{ conversationId: string }>): Promise<void> {
    try {
      await this.connect.leaveChannel(event.detail.conversationId);
      this.router.go("/");
    } catch (error) {
      this.#say(`You are still in the channel. ${reason(error)}`, "assertive");
    }
  }

  async #deleteMessage(event: CustomEvent<{ message: StoredMessage }>): Promise<void> {
    const { message } = event.detail;
    const text = "Everybody here sees that it was deleted. It cannot be brought back.";
    if (!(await this.confirm.ask({ heading: "Delete this message?", text, action: "Delete" }))) return;
    try {
      await this.connect.deleteMessage(message.message_id);
    } catch (error) {
      this.#say(`The message was not deleted. ${reason(error)}`, "assertive");
    }
  }

  async #account(event: CustomEvent<{ id: string }>): Promise<void> {
    const { id } = event.detail;
    if (id.startsWith("/settings/")) this.router.go(id);
    if (id !== "sign-out") return;
    try {
      await this.session.signOut();
    } catch (error) {
      this.#say(`You are still signed in. ${reason(error)}`, "assertive");
    }
  }

  // ---------------------------------------------------------------- what arrives

  readonly #notified = (event: Event): void => {
    const { notification } = event as NotificationArrived;
    const toast = notificationToast(notification, {
      store: this.connect.store,
      selected: this.#selected,
      now: Date.now(),
      locale: this.language,
      go: (path) => this.router.go(path),
    });
    if (toast !== null) this.toasts.show(toast);
  };

  readonly #availabilityChanged = (event: Event): void => {
    this.modal?.availabilityChanged((event as AvailabilityChanged).subs);
  };

  #say(text: string, urgency: "polite" | "assertive" = "polite"): void {
    this.toasts.show({ text, urgency });
  }

  // ---------------------------------------------------------------- rendering

  protected override render() {
    if (this.connect.state === "loading") {
      return html`<div class="loading"><div>${skeletons(8, "row", "Opening Connect")}</div><div></div></div>`;
    }
    if (this.connect.state === "error") {
      return html`<div class="state">
        ${failure("Connect could not be opened.", this.connect.error, () => void this.connect.start())}
      </div>`;
    }
    return html`${this.#panes()} ${this.#overlays()}`;
  }

  #panes() {
    const { store } = this.connect;
    const selected = this.#selected;
    return html`
      <connect-sidebar
        .connect=${this.connect}
        .selected=${selected}
        @connect-open-switcher=${(event: CustomEvent<{ kind: "all" | "people" }>) => this.switcher.show(event.detail.kind)}
        @connect-open-channels=${(event: CustomEvent<{ tab: "browse" | "create" }>) => this.channels.show(event.detail.tab)}
        @cv-select=${this.#account}
      >
        <convene-upcoming
          slot="upcoming"
          .items=${store.upcoming.flatMap((id) => store.cards.get(id) ?? [])}
          .viewer=${store.me?.sub ?? ""}
          .tzid=${store.me?.tzid ?? ""}
          ?offline=${this.connect.line.state === "offline"}
          @convene-open=${(event: CustomEvent<{ card: Card }>) => this.#showMeeting(event.detail.card)}
          @convene-schedule=${() => this.switcher.show("people")}
        ></convene-upcoming>
      </connect-sidebar>
      ${selected !== null && store.conversations.has(selected)
        ? html`<connect-conversation
            .connect=${this.connect}
            .conversationId=${selected}
            .messageId=${this.route.name === "conversation" ? this.route.messageId : null}
            @connect-open-profile=${this.#openProfile}
            @connect-book-with=${this.#book}
            @connect-book-soon=${this.#prefetch}
            @connect-message-person=${this.#messagePerson}
            @connect-leave=${this.#leave}
            @connect-delete-message=${this.#deleteMessage}
            @connect-message-missing=${() => this.#say("That message is not here any more.")}
            @convene-reschedule=${this.#reschedule}
            @convene-cancel=${this.#cancel}
            @convene-book-again=${this.#bookAgain}
          ></connect-conversation>`
        : html`<div class="blank">${selected === null ? nothingOpen((kind) => this.switcher.show(kind), () => this.channels.show("browse")) : notHere()}</div>`}
    `;
  }

  #overlays() {
    const { store } = this.connect;
    return html`
      <connect-profile
        .connect=${this.connect}
        @connect-book-with=${this.#book}
        @connect-message-person=${this.#messagePerson}
      ></connect-profile>
      <connect-switcher .connect=${this.connect} .choose=${this.#go}></connect-switcher>
      <connect-channels .connect=${this.connect} .choose=${this.#go}></connect-channels>
      <convene-booking-modal
        .api=${this.connect.scheduling(this.booking?.conversationId ?? null)}
        .me=${store.me === null ? undefined : participant(store.me)}
        .participants=${this.booking?.people ?? []}
        .group=${this.booking?.group ?? null}
        .topic=${this.booking?.topic ?? ""}
        .candidates=${this.booking?.candidates ?? []}
        .booking=${this.booking?.card ?? null}
        .extras=${this.connect.extras}
        ?can-ask=${this.booking?.people.length === 1 && this.booking.card === null && !this.booking.group}
        @convene-ask=${this.#ask}
        @convene-booked=${(event: CustomEvent<{ booking: Booking }>) => this.#bookedNow(event.detail.booking)}
        @convene-close=${this.#modalClosed}
        @convene-moved=${() => this.#say("Meeting moved.")}
      ></convene-booking-modal>
      <convene-cancel-dialog
        .api=${this.connect.scheduling(null)}
        .viewer=${store.me?.sub ?? ""}
        .tzid=${store.me?.tzid ?? ""}
        .card=${this.cancelling}
        @convene-cancelled=${() => this.#say("Meeting cancelled.")}
      ></convene-cancel-dialog>
      <cv-dialog
        class="meeting"
        heading="Meeting"
        @convene-reschedule=${this.#reschedule}
        @convene-cancel=${this.#cancel}
        @convene-book-again=${this.#bookAgain}
      >
        ${this.meeting === null
          ? nothing
          : html`<connect-card .connect=${this.connect} .bookingId=${this.meeting}></connect-card>
              <p class="manage"><a href=${bookingPath(this.meeting)}>History and everything else about it</a></p>`}
      </cv-dialog>
      <confirm-dialog></confirm-dialog>
      <cv-toast></cv-toast>
    `;
  }
}

define("connect-window", WindowElement);
