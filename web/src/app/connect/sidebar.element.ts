/** `<connect-sidebar>`: the way to everything: search, what is next, direct messages, channels, one's own account. */
import { type TemplateResult, html, nothing } from "lit";
import { property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import "../../elements/menu/menu.ts";
import type { MenuItem } from "../../elements/menu/menu.element.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { formatTime, zoneCity } from "../../internal/time.ts";
import { avatar, button } from "../../styles/shared.ts";
import { conversationPath } from "../router.ts";
import { StoreWatch } from "../store-watch.ts";
import type { StoredConversation } from "../store.ts";
import { conversationTitle, counterpart } from "../titles.ts";
import { appIcon } from "../ui/icons.ts";
import { avatar as avatarOf, presenceMark, presenceWords } from "../ui/parts.ts";
import { parts } from "../ui/styles.ts";
import type { Connect } from "./connect.ts";
import { OPEN_CHANNELS, OPEN_SWITCHER } from "./events.ts";
import "./notifications.element.ts";
import { styles } from "./sidebar.styles.ts";

const ACCOUNT_ITEMS: MenuItem[] = [
  { id: "/settings/profile", label: "Profile", icon: appIcon("user") },
  { id: "/settings/availability", label: "Working hours", icon: "clock" },
  { id: "/settings/calendars", label: "Calendars", icon: "calendar" },
  { id: "sign-out", label: "Sign out", icon: appIcon("signOut") },
];

export class SidebarElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(avatar, button, parts, styles);

  @property({ attribute: false }) connect!: Connect;
  @property({ attribute: false }) selected: string | null = null;
  @property({ attribute: false }) upcoming: TemplateResult | null = null;

  protected readonly watch = new StoreWatch(this, () => this.connect?.store, () => ["conversations", "people"]);
  readonly #lineChanged = (): void => this.requestUpdate();

  override connectedCallback(): void {
    super.connectedCallback();
    void this.updateComplete.then(() => this.connect.line.addEventListener("state", this.#lineChanged));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.connect.line.removeEventListener("state", this.#lineChanged);
  }

  protected override render() {
    const { store } = this.connect;
    const all = [...store.conversations.values()];
    const direct = all.filter((conversation) => conversation.kind === "dm").sort((a, b) => this.#latest(b) - this.#latest(a));
    const channels = all
      .filter((conversation) => conversation.kind === "channel")
      .sort((a, b) => a.name.localeCompare(b.name, this.language));
    return html`
      <div class="top">
        <span class="organization">${store.organization?.name}</span>
        <connect-notifications .connect=${this.connect}></connect-notifications>
        <button
          class="button quiet icon-only"
          type="button"
          aria-label="New message"
          title="New message"
          @click=${() => this.emit(OPEN_SWITCHER, { kind: "people" })}
        >
          ${appIcon("compose")}
        </button>
      </div>
      <button
        class="search"
        type="button"
        aria-keyshortcuts="Control+K"
        @click=${() => this.emit(OPEN_SWITCHER, { kind: "all" })}
      >
        ${icon("search")}<span>Find people, channels</span><kbd aria-hidden="true">Ctrl K</kbd>
      </button>
      <div class="scroll">
        <slot name="upcoming"></slot>
        <nav aria-label="Conversations">
          <section aria-labelledby="direct">
            <div class="section-head"><h2 id="direct">Direct messages</h2></div>
            ${this.#list(direct, "No messages yet. Start with “New message”.")}
          </section>
          <section aria-labelledby="channels">
            <div class="section-head">
              <h2 id="channels">Channels</h2>
              <button
                class="button quiet icon-only small"
                type="button"
                aria-label="Browse or create channels"
                title="Browse or create channels"
                @click=${() => this.emit(OPEN_CHANNELS, { tab: "browse" })}
              >
                ${icon("plus")}
              </button>
            </div>
            ${this.#list(channels, "You are in no channel yet.")}
          </section>
        </nav>
      </div>
      ${this.#lineState()} ${this.#account()}
    `;
  }

  #latest(conversation: StoredConversation): number {
    const { store } = this.connect;
    const last = conversation.last_message_id === null ? undefined : store.messages.get(conversation.last_message_id);
    return Date.parse(last?.created_at ?? conversation.created_at);
  }

  #list(conversations: StoredConversation[], none: string) {
    if (conversations.length === 0) return html`<p class="none">${none}</p>`;
    return html`<ul>
      ${repeat(
        conversations,
        (conversation) => conversation.conversation_id,
        (conversation) => html`<li>${this.#entry(conversation)}</li>`,
      )}
    </ul>`;
  }

  #entry(conversation: StoredConversation) {
    const { store } = this.connect;
    const id = conversation.conversation_id;
    const person = counterpart(store, conversation);
    const title = conversationTitle(store, conversation);
    const { unread } = conversation;
    const tzid = store.me?.tzid ?? "UTC";
    const isSelected = id === this.selected;
    const hasDraft = !isSelected && this.connect.drafts.get(id) !== "";
    return html`<a
      class="entry ${unread > 0 ? "unread" : ""}"
      href=${conversationPath(id)}
      aria-current=${isSelected ? "page" : nothing}
    >
      ${conversation.kind === "channel" ? appIcon("hash") : person === null ? appIcon("user") : presenceMark(person)}
      <span class="label"><bdi>${title}</bdi></span>
      ${person === null
        ? nothing
        : html`<span class="visually-hidden">, ${presenceWords(person, (at) => formatTime(at, tzid, this.language))}</span>`}
      ${hasDraft ? html`<span class="draft">Draft</span>` : nothing}
      ${unread > 0
        ? html`<span class="badge"
            >${unread > 99 ? "99+" : unread}<span class="visually-hidden"> unread</span></span
          >`
        : nothing}
    </a>`;
  }

  #lineState() {
    const { line } = this.connect;
    if (line.state !== "offline") return nothing;
    return html`<div class="line-state" role="status">
      ${icon("offline")}<span>Offline. Reconnecting…</span>
      <button class="button small" type="button" @click=${() => line.wake()}>Now</button>
    </div>`;
  }

  #account() {
    const { me } = this.connect.store;
    if (me === null) return nothing;
    const items = me.role === "owner" || me.role === "admin" ? adminItems() : ACCOUNT_ITEMS;
    return html`<div class="me">
      ${avatarOf(me)}
      <span><strong>${me.name}</strong><small>${zoneCity(me.tzid)}</small></span>
      <cv-menu icon-only small variant="quiet" label="Your account" .items=${items}></cv-menu>
    </div>`;
  }
}

function adminItems(): MenuItem[] {
  return [...ACCOUNT_ITEMS.slice(0, -1), { id: "/settings/members", label: "Manage people", icon: appIcon("users") }, ...ACCOUNT_ITEMS.slice(-1)];
}
define("connect-sidebar", SidebarElement);
