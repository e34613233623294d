/** One message as an article: its author, its time, its text or card, and what its author may do with it. */
import { type TemplateResult, html, nothing } from "lit";
import { ApiError } from "../../internal/api-client.ts";
import { type IconName, icon } from "../../internal/icons.ts";
import { formatDayOf, formatTime } from "../../internal/time.ts";
import type { PendingMessage, StoredMessage } from "../store.ts";
import { appIcon } from "../ui/icons.ts";
import { avatar } from "../ui/parts.ts";
import type { Connect } from "./connect.ts";
import { sentence } from "./booking-facts.ts";
import { OPEN_PROFILE } from "./events.ts";
import { linkify } from "./linkify.ts";

/** What an article needs from the list that holds it. */
export interface MessageHost extends HTMLElement {
  readonly connect: Connect;
  readonly tzid: string;
  readonly language: string;
  readonly editing: string | null;
  startEditing(messageId: string): void;
  stopEditing(): void;
  /** Gives the focus to the card of a meeting that was just booked, once it is there. */
  awaitCard(bookingId: string): void;
}

export function messageArticle(
  host: MessageHost,
  message: StoredMessage,
  look: { isFirst: boolean; isTarget: boolean },
): TemplateResult {
  if (message.kind === "notice") return noticeArticle(host, message, look.isTarget);
  const { store } = host.connect;
  const author = store.person(message.author_id);
  const name = author?.name ?? (message.kind === "text" ? "Somebody who left" : "Convene");
  const time = formatTime(message.created_at, host.tzid, host.language);
  const full = `${formatDayOf(message.created_at, host.tzid, host.language, "full")}, ${time}`;
  const isMine = message.author_id !== null && message.author_id === store.me?.sub;
  const canChange = isMine && message.kind === "text" && message.deleted_at === null;
  const summary = message.deleted_at === null ? message.body.slice(0, 80) : "message deleted";
  return html`<article
    class="${look.isFirst ? "first" : ""} ${look.isTarget ? "target" : ""}"
    data-id=${message.message_id}
    tabindex="-1"
    aria-label="${name}, ${time}, ${summary}"
  >
    ${look.isFirst
      ? html`${avatar(author ?? { sub: "", name })}
          <div class="byline">
            ${author === null
              ? html`<span class="author">${name}</span>`
              : html`<button class="author" type="button" @click=${(event: Event) => openProfile(event, author.sub)}>
                  <bdi>${name}</bdi>
                </button>`}
            <time class="at" datetime=${message.created_at} title=${full}><bdi>${time}</bdi></time>
          </div>`
      : html`<time class="at" datetime=${message.created_at} title=${full}><bdi>${time}</bdi></time>`}
    <div class="body">${host.editing === message.message_id ? editor(host, message) : body(host, message)}</div>
    ${canChange && host.editing !== message.message_id ? tools(host, message) : nothing}
  </article>`;
}

const NOTICE_ICONS: Record<string, IconName> = {
  "booking.requested": "clock",
  "booking.confirmed": "checkCircle",
  "booking.declined": "cross",
  "booking.rescheduled": "moved",
  "booking.cancelled": "cross",
};

/** A line about what happened, without an author's picture. */
function noticeArticle(host: MessageHost, message: StoredMessage, isTarget: boolean): TemplateResult {
  const words = sentence(message.notice, host.tzid, host.language) ?? message.body;
  const time = formatTime(message.created_at, host.tzid, host.language);
  return html`<article
    class="line ${isTarget ? "target" : ""}"
    data-id=${message.message_id}
    tabindex="-1"
    aria-label="${time}, ${words}"
  >
    ${icon(NOTICE_ICONS[message.notice?.type ?? ""] ?? "info")}
    <p>${words} <time class="at" datetime=${message.created_at}><bdi>${time}</bdi></time></p>
  </article>`;
}

function openProfile(event: Event, sub: string): void {
  const anchor = event.currentTarget as HTMLElement;
  anchor.dispatchEvent(new CustomEvent(OPEN_PROFILE, { detail: { sub, anchor }, bubbles: true, composed: true }));
}

function body(host: MessageHost, message: StoredMessage): TemplateResult {
  if (message.deleted_at !== null) return html`<p class="deleted">This message was deleted.</p>`;
  if (message.kind === "booking_card" && message.booking_id !== null) {
    return html`<connect-card class="card" .connect=${host.connect} .bookingId=${message.booking_id}></connect-card>`;
  }
  if (message.kind === "availability_share" && message.share) return sharedTime(host, message);
  return html`<p class="text" dir="auto">${text(message.body)}${message.edited_at === null
      ? nothing
      : html` <span class="edited">(edited)</span>`}</p>`;
}

/** Somebody's free time; what draws it is loaded with the first one. Until then it says what it is about. */
function sharedTime(host: MessageHost, message: StoredMessage): TemplateResult {
  void import("../sharing/share-card.element.ts").catch(() => undefined);
  return html`<connect-share
    .connect=${host.connect}
    .message=${message}
    @connect-booked-shared=${(event: CustomEvent<{ bookingId: string }>) => host.awaitCard(event.detail.bookingId)}
    ><p class="text">${message.body}</p></connect-share
  >`;
}

/** The text with its addresses as links; nothing else in it is ever markup. */
export function text(plain: string): unknown[] {
  return linkify(plain).map((piece) =>
    piece.href === null
      ? piece.text
      : html`<a href=${piece.href} target="_blank" rel="noopener noreferrer">${piece.text}</a>`,
  );
}

function tools(host: MessageHost, message: StoredMessage): TemplateResult {
  return html`<div class="tools">
    <button
      class="button quiet icon-only small"
      type="button"
      aria-label="Edit message"
      title="Edit"
      @click=${() => host.startEditing(message.message_id)}
    >
      ${appIcon("edit")}
    </button>
    <button
      class="button quiet icon-only small"
      type="button"
      aria-label="Delete message"
      title="Delete"
      @click=${() =>
        host.dispatchEvent(
          new CustomEvent("connect-delete-message", { detail: { message }, bubbles: true, composed: true }),
        )}
    >
      ${icon("trash")}
    </button>
  </div>`;
}

function editor(host: MessageHost, message: StoredMessage): TemplateResult {
  const save = async (form: HTMLFormElement): Promise<void> => {
    const box = form.querySelector("textarea")!;
    const problem = form.querySelector<HTMLElement>(".field-error")!;
    const next = box.value.trim();
    if (next === "" || next === message.body) return host.stopEditing();
    try {
      await host.connect.editMessage(message.message_id, next);
      host.stopEditing();
    } catch (error) {
      problem.textContent = `Not saved. ${error instanceof ApiError ? error.detail : String(error)}`;
    }
  };
  const keydown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.stopPropagation();
      host.stopEditing();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      void save((event.target as HTMLTextAreaElement).form!);
    }
  };
  return html`<form
    class="edit"
    @submit=${(event: SubmitEvent) => {
      event.preventDefault();
      void save(event.target as HTMLFormElement);
    }}
  >
    <textarea class="input" rows="2" aria-label="Edit message" .value=${message.body} @keydown=${keydown}></textarea>
    <p class="field-error" role="alert"></p>
    <div class="actions">
      <button class="button small primary" type="submit">Save</button>
      <button class="button small" type="button" @click=${() => host.stopEditing()}>Cancel</button>
    </div>
  </form>`;
}

/** One's own text on its way: readable at once, greyed until it arrived. */
export function pendingArticle(host: MessageHost, pending: PendingMessage): TemplateResult {
  const { connect } = host;
  const me = connect.store.me;
  const time = formatTime(pending.created_at, host.tzid, host.language);
  const { conversation_id: id, nonce } = pending;
  return html`<article class="first ${pending.state === "sent" ? "" : "pending"}" aria-label="You, ${time}, ${pending.body.slice(0, 80)}">
    ${avatar(me)}
    <div class="byline"><span class="author">${me?.name}</span><span class="at">${time}</span></div>
    <div class="body">
      <p class="text" dir="auto">${text(pending.body)}</p>
      ${pending.state === "failed"
        ? html`<div class="failed" role="alert">
            ${icon("warning")}<span>Not sent. ${pending.error}</span>
            <button class="button small" type="button" @click=${() => connect.outbox.retry(id, nonce)}>Retry</button>
            <button class="button small quiet" type="button" @click=${() => connect.outbox.discard(id, nonce)}>Discard</button>
          </div>`
        : pending.state === "sending"
          ? html`<span class="at">Sending…</span>`
          : nothing}
    </div>
  </article>`;
}
