/**
 * `<connect-messages>`: a conversation's messages, oldest first, with the newest in view.
 *
 * Two to four hundred are on the page at a time; older ones come in above without moving what is being read. The list is
 * silent for screen readers; what arrives is announced by `<connect-conversation>`.
 */
import { type PropertyValues, type TemplateResult, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { ConveneElement, define } from "../../internal/element.ts";
import { deepActiveElement } from "../../internal/focus.ts";
import { dayKey, formatDay, friendlyDay } from "../../internal/time.ts";
import { avatar, button, field, notice, skeleton } from "../../styles/shared.ts";
import { StoreWatch } from "../store-watch.ts";
import type { StoredConversation, StoredMessage, Timeline } from "../store.ts";
import { conversationTitle } from "../titles.ts";
import { appIcon } from "../ui/icons.ts";
import { failure, skeletons } from "../ui/parts.ts";
import { parts } from "../ui/styles.ts";
import type { CardElement } from "./card.element.ts";
import type { Connect } from "./connect.ts";
import { type MessageHost, messageArticle, pendingArticle } from "./message.ts";
import { beginning, earlier } from "./messages.parts.ts";
import { styles } from "./messages.styles.ts";
import { type Extent, type Item, layOut, newer, newest, older } from "./timeline.ts";

const NEAR_PX = 300;
const AT_END_PX = 40;
/** A card that takes longer than this to arrive no longer draws the focus. */
const CARD_WAIT_MS = 5_000;

export class MessagesElement extends ConveneElement implements MessageHost {
  static override styles = ConveneElement.withStyles(avatar, button, field, notice, skeleton, parts, styles);

  @property({ attribute: false }) connect!: Connect;
  @property({ attribute: false }) conversationId = "";
  /** A message to bring into view. */
  @property({ attribute: false }) target: string | null = null;
  @state() editing: string | null = null;
  @state() private atEnd = true;
  @query(".scroll") private scroller!: HTMLElement;
  #extent: Extent = { start: 0, end: 0 };
  #followsEnd = true;
  #count = 0;
  /** The oldest message on the page. */
  #firstId = "";
  #lastRead: number | null = null;
  #anchor: { key: string; offset: number } | null = null;
  #arriving = true;
  #lastTop = 0;
  /** Where the end was when the list was last put there. */
  #end = { top: 0, height: 0 };
  #sought: string | null = null;
  #awaited: { bookingId: string; focus: HTMLElement | null; until: number } | null = null;
  #resized: ResizeObserver | null = null;

  protected readonly watch = new StoreWatch(
    this,
    () => this.connect?.store,
    () => [`timeline:${this.conversationId}`, "people"],
  );

  override connectedCallback(): void {
    super.connectedCallback();
    // Cards and fonts settle after the list was drawn: stay at the end if that is where the reader is.
    this.#resized = new ResizeObserver(() => {
      if (this.#followsEnd && !this.#arriving && !this.#hasLeftEnd) this.#toEnd();
    });
    document.addEventListener("visibilitychange", this.#seen);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized?.disconnect();
    document.removeEventListener("visibilitychange", this.#seen);
  }

  protected override firstUpdated(): void {
    this.#resized?.observe(this.scroller);
    const inner = this.renderRoot.querySelector(".inner");
    if (inner !== null) this.#resized?.observe(inner);
  }

  get #timeline(): Timeline | null {
    return this.connect.store.timeline(this.conversationId);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("conversationId")) this.#enter();
    if (changed.has("target") && this.target !== null) void this.#seek(this.target);
    const timeline = this.#timeline;
    if (timeline === null) {
      void this.connect.loadTimeline(this.conversationId);
      return;
    }
    if (this.#followsEnd && this.hasUpdated && this.#hasLeftEnd) this.#followsEnd = false;
    const count = timeline.ids.length;
    if (this.#followsEnd) this.#extent = newest(count, Math.max(this.#extent.end - this.#extent.start, 200));
    else if (count !== this.#count) this.#anchorExtent(timeline);
    this.#count = count;
    this.#firstId = timeline.ids[this.#extent.start] ?? "";
    this.#rememberPlace();
  }

  /** Starts at the newest message, with the mark where reading ended last time. */
  #enter(): void {
    const conversation = this.connect.store.conversations.get(this.conversationId);
    this.#lastRead = conversation !== undefined && conversation.unread > 0 ? conversation.last_read_seq : null;
    this.#extent = { start: 0, end: 0 };
    this.#count = 0;
    this.#followsEnd = true;
    this.#anchor = null;
    this.#arriving = true;
    this.#lastTop = 0;
    this.#awaited = null;
    this.editing = null;
    this.atEnd = true;
  }

  /** Ids came in above or below: the same messages stay on the page, with some of the new ones above. */
  #anchorExtent(timeline: Timeline): void {
    const index = timeline.ids.indexOf(this.#firstId);
    const above = index < 0 ? 0 : index - this.#extent.start;
    const wasWhole = this.#extent.end >= this.#count;
    const start = this.#extent.start + above;
    this.#extent = { start, end: wasWhole ? timeline.ids.length : this.#extent.end + above };
    if (above > 0) this.#extent = older(this.#extent);
  }

  // ---------------------------------------------------------------- keeping the place

  /** Notes which message is at the top of the view and where, before the list changes. */
  #rememberPlace(): void {
    this.#anchor = null;
    if (this.#followsEnd || !this.hasUpdated) return;
    const top = this.scroller.getBoundingClientRect().top;
    const articles = [...this.renderRoot.querySelectorAll<HTMLElement>("article[data-id]")];
    const index = articles.findIndex((one) => one.getBoundingClientRect().bottom > top);
    // The oldest loses its author's line to the one that comes above it; what is read then begins below.
    const article = (index === 0 ? articles[1] : null) ?? articles[index];
    if (article === undefined) return;
    this.#anchor = { key: article.dataset["id"]!, offset: article.getBoundingClientRect().top - top };
  }

  protected override updated(): void {
    const timeline = this.#timeline;
    if (timeline === null || timeline.ids.length === 0) return;
    if (this.#arriving) {
      this.#arriving = false;
      this.#arrive();
    } else if (this.#followsEnd) {
      this.#toEnd();
    } else if (this.#anchor !== null) {
      this.#restorePlace(this.#anchor);
    }
    this.#seen();
    void this.#focusAwaited(timeline);
  }

  #restorePlace(anchor: { key: string; offset: number }): void {
    const article = this.#article(anchor.key);
    if (article === null) return;
    const moved = article.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top - anchor.offset;
    if (Math.abs(moved) > 1) this.scroller.scrollTop += moved;
  }

  #article(messageId: string): HTMLElement | null {
    return this.renderRoot.querySelector(`article[data-id="${CSS.escape(messageId)}"]`);
  }

  /** The first view of a conversation: the unread mark if it would be out of sight, else the end. */
  #arrive(): void {
    this.#toEnd();
    const mark = this.renderRoot.querySelector<HTMLElement>(".divider.new");
    if (mark === null) return;
    const top = mark.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
    if (top < 0) {
      this.#followsEnd = false;
      this.scroller.scrollTop += top - this.scroller.clientHeight / 4;
    }
  }

  #toEnd(): void {
    const { scroller } = this;
    scroller.scrollTop = scroller.scrollHeight;
    this.#end = { top: scroller.scrollTop, height: scroller.scrollHeight };
  }

  /** Whether the reader has just left the end, of which `scroll` tells a frame later, and not the messages' height. */
  get #hasLeftEnd(): boolean {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    if (scrollHeight !== this.#end.height || scrollTop >= this.#end.top - 1) return false;
    return scrollHeight - scrollTop - clientHeight >= AT_END_PX;
  }

  readonly #scrolled = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const timeline = this.#timeline;
    if (timeline === null) return;
    const isWhole = this.#extent.end === timeline.ids.length;
    const toGo = scrollHeight - scrollTop - clientHeight;
    // What has grown below since does not count: only a move upwards leaves the end.
    if (toGo < AT_END_PX) this.#followsEnd = isWhole;
    else if (scrollTop < this.#lastTop - 1) this.#followsEnd = false;
    this.#lastTop = scrollTop;
    this.atEnd = this.#followsEnd || (isWhole && toGo < clientHeight / 2);
    if (this.#followsEnd) this.#seen();
    if (scrollTop < NEAR_PX) this.#wantOlder(timeline);
    else if (!isWhole && toGo < NEAR_PX) {
      this.#extent = newer(this.#extent, timeline.ids.length);
      this.requestUpdate();
    }
  };

  #wantOlder(timeline: Timeline): void {
    if (this.#extent.start > 0) {
      this.#followsEnd = false;
      this.#extent = older(this.#extent);
      this.requestUpdate();
    } else if (timeline.hasMore && timeline.status === "ready") {
      this.#followsEnd = false;
      void this.connect.loadOlder(this.conversationId);
    }
  }

  jumpToNewest(): void {
    this.#followsEnd = true;
    this.atEnd = true;
    this.requestUpdate();
  }

  /**
   * Gives the focus to a meeting's card as soon as it is here: it may arrive after the answer to the booking.
   * Whoever has gone on to something else by then is left alone.
   */
  awaitCard(bookingId: string): void {
    this.#awaited = { bookingId, focus: deepActiveElement(), until: Date.now() + CARD_WAIT_MS };
    this.requestUpdate();
  }

  async #focusAwaited(timeline: Timeline): Promise<void> {
    const awaited = this.#awaited;
    const id = awaited && timeline.ids.findLast((one) => this.connect.store.messages.get(one)?.booking_id === awaited.bookingId);
    if (!awaited || !id) return;
    this.#awaited = null;
    const holder = this.#article(id)?.querySelector<CardElement>("connect-card");
    await holder?.settled();
    if (Date.now() < awaited.until && deepActiveElement() === awaited.focus) holder?.focus();
  }

  /** Brings a message into view, reading back as far as needed. */
  async #seek(messageId: string): Promise<void> {
    this.#sought = messageId;
    const isFound = await this.connect.findMessage(this.conversationId, messageId);
    await this.updateComplete;
    if (this.#sought !== messageId) return;
    if (!isFound) {
      this.emit("connect-message-missing");
      return;
    }
    const index = this.#timeline?.ids.indexOf(messageId) ?? -1;
    this.#followsEnd = false;
    this.#anchor = null;
    this.#lastTop = 0;
    this.#extent = { start: Math.max(0, index - 100), end: Math.min(this.#count, index + 100) };
    this.requestUpdate();
    await this.updateComplete;
    const article = this.#article(messageId);
    article?.scrollIntoView({ block: "center" });
    article?.focus({ preventScroll: true });
    this.#scrolled();
  }

  readonly #seen = (): void => {
    if (this.#followsEnd && document.visibilityState === "visible" && this.isShown) {
      this.connect.markRead(this.conversationId);
    }
  };

  /** Edits the newest text of one's own. */
  editLast(): void {
    const { store } = this.connect;
    const mine = (this.#timeline?.ids ?? [])
      .map((id) => store.messages.get(id)!)
      .filter((message) => message.author_id === store.me?.sub && message.kind === "text" && message.deleted_at === null);
    const last = mine.at(-1);
    if (last !== undefined) this.startEditing(last.message_id);
  }

  startEditing(messageId: string): void {
    this.editing = messageId;
    void this.updateComplete.then(() => {
      const box = this.renderRoot.querySelector<HTMLTextAreaElement>(".edit textarea");
      box?.focus();
      box?.setSelectionRange(box.value.length, box.value.length);
    });
  }

  stopEditing(): void {
    const { editing } = this;
    this.editing = null;
    if (editing !== null) void this.updateComplete.then(() => this.#article(editing)?.focus({ preventScroll: true }));
  }

  /** Arrow keys go through the messages; Tab then reaches what can be done with one of them. */
  readonly #keydown = (event: KeyboardEvent): void => {
    const from = event.composedPath()[0] as HTMLElement;
    if (from !== this.scroller && from.localName !== "article") return;
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (step === 0 || event.altKey || event.ctrlKey || event.metaKey) return;
    const articles = [...this.renderRoot.querySelectorAll<HTMLElement>("article[data-id]")];
    const current = articles.indexOf(from);
    const next = articles[current < 0 ? articles.length - 1 : current + step];
    if (next === undefined) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };

  // ---------------------------------------------------------------- rendering

  protected override render() {
    const timeline = this.#timeline;
    const conversation = this.connect.store.conversations.get(this.conversationId);
    return html`
      <div
        class="scroll"
        tabindex="0"
        role="region"
        aria-label="Messages, arrow keys go from one to the next"
        @scroll=${this.#scrolled}
        @keydown=${this.#keydown}
      >
        <div class="inner">${conversation === undefined ? nothing : this.#content(timeline, conversation)}</div>
      </div>
      ${this.atEnd
        ? nothing
        : html`<button class="button small jump" type="button" @click=${this.jumpToNewest}>
            ${appIcon("arrowDown")}Newest messages
          </button>`}
    `;
  }

  #content(timeline: Timeline | null, conversation: StoredConversation) {
    const pending = this.connect.store.pending.get(this.conversationId) ?? [];
    const ids = timeline?.ids ?? [];
    if (ids.length === 0 && timeline?.status !== "ready" && timeline?.status !== "error") {
      return skeletons(5, "row", "Loading messages");
    }
    const messages = ids
      .slice(this.#extent.start, this.#extent.end)
      .map((id) => this.connect.store.messages.get(id)!);
    const items = layOut(messages, {
      tzid: this.tzid,
      lastReadSeq: this.#lastRead,
      me: this.connect.store.me?.sub ?? "",
    });
    return html`
      ${this.#top(timeline!, conversation)}
      ${repeat(
        items,
        (item) => item.key,
        (item) => this.#item(item),
      )}
      ${pending.map((text) => pendingArticle(this, text))}
    `;
  }

  #top(timeline: Timeline, conversation: StoredConversation): TemplateResult {
    const retry = (): void => {
      if (timeline.ids.length === 0) void this.connect.loadTimeline(this.conversationId);
      else void this.connect.loadOlder(this.conversationId);
    };
    const title = conversationTitle(this.connect.store, conversation);
    if (timeline.status === "error") return failure("Messages could not be read.", timeline.error, retry);
    const hasOlder = this.#extent.start > 0 || timeline.hasMore;
    return hasOlder ? earlier(timeline, () => this.#wantOlder(timeline)) : beginning(conversation, title);
  }

  get tzid(): string {
    return this.connect.store.me?.tzid ?? "UTC";
  }

  #item(item: Item) {
    if (item.kind === "unread") return html`<div class="divider new" role="separator"><span>New</span></div>`;
    if (item.kind === "day") {
      const today = dayKey(Date.now(), this.tzid);
      const words = friendlyDay(item.day, today, this.language, "long");
      const year = item.day.slice(0, 4) === today.slice(0, 4) ? words : formatDay(item.day, this.language, "full");
      return html`<div class="divider" role="separator"><span>${year}</span></div>`;
    }
    return this.#message(item.message, item.isFirst);
  }

  #message(message: StoredMessage, isFirst: boolean) {
    return messageArticle(this, message, { isFirst, isTarget: message.message_id === this.target });
  }
}
define("connect-messages", MessagesElement);
