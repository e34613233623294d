/** `<connect-conversation>`: one conversation: who it is with, what was said, where to write, and who is in it. */
import { type PropertyValues, css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import "../../elements/menu/menu.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { formatTime, offsetMinutes, zoneCity } from "../../internal/time.ts";
import { avatar, button } from "../../styles/shared.ts";
import type { Person } from "../model.ts";
import { StoreWatch } from "../store-watch.ts";
import type { MessageArrived } from "../store-events.ts";
import type { StoredConversation } from "../store.ts";
import { conversationTitle, counterpart } from "../titles.ts";
import { appIcon } from "../ui/icons.ts";
import { avatar as avatarOf, presenceMark, presenceWords } from "../ui/parts.ts";
import { parts } from "../ui/styles.ts";
import "./composer.element.ts";
import type { ComposerElement } from "./composer.element.ts";
import type { Connect } from "./connect.ts";
import { BOOK_SOON, BOOK_WITH, type BookWith, OPEN_PROFILE } from "./events.ts";
import { channelMeeting } from "./meetings.ts";
import "./members.element.ts";
import "./messages.element.ts";
import type { MessagesElement } from "./messages.element.ts";

/** Long enough not to ask whenever the pointer crosses the button. */
const DWELL_MS = 150;

export class ConversationElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    avatar,
    button,
    parts,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        grid-template-rows: minmax(0, 1fr);
        min-block-size: 0;
        background: var(--cv-surface);
      }
      :host([with-members]) {
        grid-template-columns: minmax(0, 1fr) 21rem;
      }
      .pane {
        display: flex;
        flex-direction: column;
        min-block-size: 0;
        min-inline-size: 0;
      }
      header {
        display: flex;
        align-items: center;
        gap: var(--cv-space-3);
        min-block-size: 4rem;
        padding: var(--cv-space-2) var(--cv-space-5);
        border-block-end: 1px solid var(--cv-line);
      }
      .back {
        display: none;
      }
      .who {
        flex: 1;
        min-inline-size: 0;
      }
      h1 {
        display: flex;
        font-size: var(--cv-text-lg);
        line-height: 1.25;
        letter-spacing: -0.01em;
      }
      .name {
        appearance: none;
        display: inline-flex;
        align-items: center;
        gap: var(--cv-space-1);
        min-block-size: 1.5rem;
        min-inline-size: 0;
        padding: 0;
        border: 0;
        background: none;
        color: inherit;
        font: inherit;
        font-weight: 650;
        text-align: start;
        cursor: pointer;
      }
      .name span {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      button.name:hover {
        text-decoration: underline;
      }
      .sub {
        display: flex;
        align-items: center;
        gap: 0 var(--cv-space-2);
        font-size: var(--cv-text-sm);
        color: var(--cv-ink-muted);
        white-space: nowrap;
        overflow: hidden;
      }
      .sub > span {
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .sub .presence {
        inline-size: 0.7rem;
        block-size: 0.7rem;
      }
      .actions {
        display: flex;
        align-items: center;
        gap: var(--cv-space-2);
      }
      @media (max-width: 1100px) {
        :host([with-members]) {
          grid-template-columns: minmax(0, 1fr);
        }
        :host([with-members]) .pane {
          display: none;
        }
      }
      @media (max-width: 767px) {
        .back {
          display: inline-flex;
          margin-inline: calc(-1 * var(--cv-space-2)) calc(-1 * var(--cv-space-2));
        }
        header {
          flex-wrap: wrap;
          gap: var(--cv-space-1) var(--cv-space-2);
          padding: var(--cv-space-2) var(--cv-space-3);
        }
        header .avatar {
          display: none;
        }
      }
      @media (max-width: 559px) {
        .actions {
          flex-wrap: wrap;
          inline-size: 100%;
        }
        .actions .wide {
          flex: 1;
        }
      }
    `,
  );

  @property({ attribute: false }) connect!: Connect;
  @property({ attribute: false }) conversationId = "";
  @property({ attribute: false }) messageId: string | null = null;
  @property({ type: Boolean, reflect: true, attribute: "with-members" }) withMembers = false;
  @state() private arrival = "";
  @query("connect-composer") private composer!: ComposerElement;
  @query("connect-messages") private list!: MessagesElement;
  #clock: ReturnType<typeof setInterval> | undefined;
  #dwell: ReturnType<typeof setTimeout> | undefined;

  protected readonly watch = new StoreWatch(
    this,
    () => this.connect?.store,
    () => [`conversation:${this.conversationId}`, "people"],
  );

  override connectedCallback(): void {
    super.connectedCallback();
    this.#clock = setInterval(() => this.requestUpdate(), 30_000);
    void this.updateComplete.then(() => this.connect.store.addEventListener("message-arrived", this.#arrived));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
    clearTimeout(this.#dwell);
    this.connect.store.removeEventListener("message-arrived", this.#arrived);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("conversationId")) return;
    this.withMembers = false;
    this.arrival = "";
  }

  protected override updated(changed: PropertyValues<this>): void {
    // On touch, the keyboard would cover what one came to read.
    const hasKeyboard = matchMedia("(hover: hover)").matches;
    if (changed.has("conversationId") && hasKeyboard && this.messageId === null) this.composer?.focus();
  }

  /** Books with the other person, as the button does. */
  schedule(): void {
    this.renderRoot.querySelector<HTMLElement>("[aria-keyshortcuts]")?.click();
  }

  /** Gives the focus to the card of a meeting that was just booked here. */
  showCard(bookingId: string): void {
    this.list.awaitCard(bookingId);
  }

  /** Shows what was put into the draft meanwhile. */
  showDraft(): void {
    void this.updateComplete.then(() => {
      this.composer?.readDraft();
      this.composer?.focus();
    });
  }

  /** Says what others write here, once and politely. */
  readonly #arrived = (event: Event): void => {
    const { message } = event as MessageArrived;
    if (message.conversation_id !== this.conversationId || message.author_id === this.connect.store.me?.sub) return;
    const name = this.connect.store.person(message.author_id)?.name ?? "Convene";
    this.arrival = `${name}: ${message.body}`;
  };

  protected override render() {
    const conversation = this.connect.store.conversations.get(this.conversationId);
    if (conversation === undefined) return nothing;
    const title = conversationTitle(this.connect.store, conversation);
    return html`
      <section class="pane" aria-label=${conversation.kind === "dm" ? `Conversation with ${title}` : `Channel ${title}`}>
        ${this.#header(conversation, title)}
        <connect-messages
          .connect=${this.connect}
          .conversationId=${this.conversationId}
          .target=${this.messageId}
        ></connect-messages>
        <connect-composer
          .connect=${this.connect}
          .conversationId=${this.conversationId}
          .to=${conversation.kind === "channel" ? `#${title}` : title}
          @connect-sent=${() => this.list.jumpToNewest()}
          @connect-edit-last=${() => this.list.editLast()}
        ></connect-composer>
        <div class="visually-hidden" role="status" aria-live="polite">${this.arrival}</div>
      </section>
      ${this.withMembers
        ? html`<connect-members
            .connect=${this.connect}
            .conversationId=${this.conversationId}
            @connect-close-members=${this.#closeMembers}
          ></connect-members>`
        : nothing}
    `;
  }

  #header(conversation: StoredConversation, title: string) {
    return html`<header>
      <a class="button quiet icon-only back" href="/" aria-label="All conversations">${appIcon("arrowLeft")}</a>
      ${conversation.kind === "dm" ? this.#personHeader(conversation, title) : this.#channelHeader(conversation, title)}
    </header>`;
  }

  #personHeader(conversation: StoredConversation, title: string) {
    const person = counterpart(this.connect.store, conversation);
    const meeting = (): BookWith => ({ subs: person ? [person.sub] : [], conversationId: this.conversationId });
    return html`
      ${avatarOf(person)}
      <div class="who">
        <h1>
          ${person === null
            ? html`<span class="name"><span>${title}</span></span>`
            : html`<button class="name" type="button" @click=${(event: Event) => this.#profile(event, person)}>
                <span><bdi>${title}</bdi></span>
              </button>`}
        </h1>
        ${person === null ? nothing : this.#presence(person)}
      </div>
      <div class="actions">
        ${person === null
          ? nothing
          : html`<button
              class="button primary wide"
              type="button"
              aria-haspopup="dialog"
              aria-keyshortcuts="Alt+Shift+M"
              title="Alt+Shift+M"
              @pointerenter=${() => this.#mean(meeting)}
              @pointerleave=${this.#stopMeaning}
              @focus=${() => this.#mean(meeting)}
              @blur=${this.#stopMeaning}
              @click=${() => this.emit(BOOK_WITH, meeting())}
            >
              ${appIcon("calendarPlus")}Schedule a meeting
            </button>`}
        ${this.#more(`More with ${title}`, [])}
      </div>
    `;
  }

  /** Whoever stays on the button means to press it: ask for free times already. */
  #mean(meeting: () => BookWith | null | Promise<BookWith | null>): void {
    this.#stopMeaning();
    this.#dwell = setTimeout(async () => {
      const found = await meeting();
      if (found) this.emit(BOOK_SOON, found);
    }, DWELL_MS);
  }
  readonly #stopMeaning = (): void => clearTimeout(this.#dwell);

  #presence(person: Person) {
    const mine = this.connect.store.me?.tzid ?? "UTC";
    const now = Date.now();
    const differs = offsetMinutes(now, person.tzid) !== offsetMinutes(now, mine);
    return html`<p class="sub">
      ${presenceMark(person)}<span>${presenceWords(person, (at) => formatTime(at, mine, this.language))}</span>
      ${differs
        ? html`<span>· <bdi><span class="time">${formatTime(now, person.tzid, this.language)}</span> in ${zoneCity(person.tzid)}</bdi></span>`
        : nothing}
    </p>`;
  }

  /** Books with the channel; where that cannot be, its members are shown to choose from, and say what is wrong. */
  readonly #scheduleHere = async (): Promise<void> => {
    const meeting = await channelMeeting(this.connect, this.conversationId);
    if (meeting) this.emit(BOOK_WITH, meeting);
    else if (!this.withMembers) await this.#toggleMembers();
  };

  #channelHeader(conversation: StoredConversation, title: string) {
    const soon = () => channelMeeting(this.connect, this.conversationId);
    const people = conversation.member_count === 1 ? "1 member" : `${conversation.member_count} members`;
    return html`
      <div class="who">
        <h1><span class="name">${appIcon("hash")}<span>${title}</span></span></h1>
        <p class="sub"><span>${conversation.topic || people}</span></p>
      </div>
      <div class="actions">
        ${conversation.member_count > 1
          ? html`<button
              class="button primary wide"
              type="button"
              aria-haspopup="dialog"
              aria-keyshortcuts="Alt+Shift+M"
              title="Alt+Shift+M"
              @pointerenter=${() => this.#mean(soon)}
              @pointerleave=${this.#stopMeaning}
              @focus=${() => this.#mean(soon)}
              @blur=${this.#stopMeaning}
              @click=${this.#scheduleHere}
            >
              ${appIcon("calendarPlus")}Schedule a meeting
            </button>`
          : nothing}
        <button
          class="button wide members"
          type="button"
          aria-expanded=${this.withMembers}
          @click=${this.#toggleMembers}
        >
          ${appIcon("users")}${people}
        </button>
        ${this.#more("More for this channel", [{ id: "leave", label: "Leave channel" }])}
      </div>
    `;
  }

  #more(label: string, items: readonly { id: string; label: string }[]) {
    const act = ({ detail }: CustomEvent<{ id: string }>): void => {
      if (detail.id === "share") void this.composer.share();
      else this.emit("connect-leave", { conversationId: this.conversationId });
    };
    const all = [{ id: "share", label: "Share availability" }, ...items];
    return html`<cv-menu icon-only variant="quiet" label=${label} .items=${all} @cv-select=${act}></cv-menu>`;
  }

  async #toggleMembers(): Promise<void> {
    this.withMembers = !this.withMembers;
    if (!this.withMembers) return;
    await this.updateComplete;
    const panel = this.renderRoot.querySelector("connect-members");
    await panel?.updateComplete;
    panel?.renderRoot.querySelector<HTMLElement>("#heading")?.focus();
  }

  async #closeMembers(): Promise<void> {
    this.withMembers = false;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(".actions .members")?.focus();
  }

  #profile(event: Event, person: Person): void {
    this.emit(OPEN_PROFILE, { sub: person.sub, anchor: event.currentTarget });
  }
}
define("connect-conversation", ConversationElement);

declare global {
  interface HTMLElementTagNameMap {
    "connect-members": import("./members.element.ts").MembersElement;
  }
}
