/** `<connect-notifications>`: the bell: what happened to one's meetings, newest first. */
import { css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import { ConveneElement, define } from "../../internal/element.ts";
import { formatDayOf, formatTime } from "../../internal/time.ts";
import { button } from "../../styles/shared.ts";
import type { Notification } from "../model.ts";
import { bookingPath, conversationPath, settingsPath } from "../router.ts";
import { StoreWatch } from "../store-watch.ts";
import { appIcon } from "../ui/icons.ts";
import { empty } from "../ui/parts.ts";
import { place } from "../ui/popover.ts";
import { parts } from "../ui/styles.ts";
import { sentence } from "./booking-facts.ts";
import type { Connect } from "./connect.ts";

const SHOWN = 50;
/** What is asked about, or was put back, in somebody's own calendar. */
const CONFLICTS = new Set(["conflict", "move_proposed", "proposal_refused"]);

export class NotificationsElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    parts,
    css`
      .bell {
        position: relative;
      }
      .count {
        position: absolute;
        inset-block-start: 0.1rem;
        inset-inline-end: 0.1rem;
        min-inline-size: 1.1rem;
        block-size: 1.1rem;
        padding-inline: 0.25rem;
        border-radius: var(--cv-radius-full);
        background: var(--cv-danger);
        color: var(--cv-on-danger);
        font-size: 0.6875rem;
        line-height: 1.1rem;
        font-weight: 650;
      }
      .panel {
        position: fixed;
        inset: 0 auto auto 0;
        margin: 0;
        inline-size: min(22rem, calc(100vw - 1rem));
        max-block-size: min(32rem, calc(100dvh - 1rem));
        padding: 0;
        border: 1px solid var(--cv-line);
        border-radius: var(--cv-radius);
        background: var(--cv-surface-raised);
        color: var(--cv-ink);
        box-shadow: var(--cv-shadow-2);
        overflow-y: auto;
      }
      .head {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: var(--cv-space-2);
        padding-block: var(--cv-space-3) var(--cv-space-2);
        padding-inline: var(--cv-space-4) var(--cv-space-3);
      }
      h2 {
        font-size: var(--cv-text-md);
      }
      li a,
      li p {
        display: block;
        padding: var(--cv-space-2) var(--cv-space-4);
        color: inherit;
        text-decoration: none;
      }
      li a:hover {
        background: var(--cv-surface-sunken);
      }
      li a:focus-visible {
        outline-offset: -2px;
      }
      .new .text {
        font-weight: 600;
      }
      .when {
        display: block;
        font-size: var(--cv-text-xs);
        color: var(--cv-ink-muted);
      }
    `,
  );

  @property({ attribute: false }) connect!: Connect;
  @state() private open = false;
  @query(".bell") private bell!: HTMLElement;
  @query(".panel") private panel!: HTMLElement;
  protected readonly watch = new StoreWatch(this, () => this.connect?.store, () => ["notifications"]);

  get #all(): Notification[] {
    return [...this.connect.store.notifications.values()].sort((a, b) => b.created_at.localeCompare(a.created_at));
  }

  #toggled(event: ToggleEvent): void {
    this.open = event.newState === "open";
    if (!this.open) return;
    place(this.panel, this.bell);
    const unread = this.#all.filter((notification) => notification.read_at === null);
    if (unread.length > 0) {
      this.connect.readNotifications(unread.map((notification) => notification.notification_id)).catch(() => undefined);
    }
  }

  protected override render() {
    const all = this.#all;
    const unread = all.filter((notification) => notification.read_at === null).length;
    // Read out as it is shown.
    const count = unread > 9 ? "9+" : String(unread);
    return html`
      <button
        class="button quiet icon-only bell"
        type="button"
        popovertarget="panel"
        aria-expanded=${this.open}
        aria-label=${unread > 0 ? `Notifications, ${count} new` : "Notifications"}
        title="Notifications"
      >
        ${appIcon("bell")}${unread > 0 ? html`<span class="count" aria-hidden="true">${count}</span>` : nothing}
      </button>
      <div id="panel" class="panel" popover role="region" aria-labelledby="heading" @toggle=${this.#toggled}>
        <div class="head"><h2 id="heading">Notifications</h2></div>
        ${all.length === 0
          ? empty(appIcon("bell"), "Nothing yet", "You will hear here when a meeting is booked, moved or cancelled.")
          : html`<ul>
              ${all.slice(0, SHOWN).map((notification) => this.#item(notification))}
            </ul>`}
      </div>
    `;
  }

  /** Where something can be done about it, or where it is shown. */
  #place(notification: Notification): string | null {
    const { booking_id: bookingId, conversation_id: conversationId } = notification;
    if (conversationId !== null && this.connect.store.conversations.has(conversationId)) return conversationPath(conversationId);
    if (bookingId !== null) return bookingPath(bookingId);
    if (notification.type !== "calendar.needs_attention") return null;
    return settingsPath(CONFLICTS.has(notification.data.code ?? "") ? "conflicts" : "calendars");
  }

  #item(notification: Notification) {
    const tzid = this.connect.store.me?.tzid ?? "UTC";
    const at = notification.created_at;
    const href = this.#place(notification);
    const content = html`<span class="text">${sentence(notification.data, tzid, this.language) ?? notification.text}</span>
      <span class="when">${formatDayOf(at, tzid, this.language)}, ${formatTime(at, tzid, this.language)}</span>`;
    return html`<li class=${notification.read_at === null ? "new" : ""}>
      ${href === null ? html`<p>${content}</p>` : html`<a href=${href} @click=${() => this.panel.hidePopover()}>${content}</a>`}
    </li>`;
  }
}
define("connect-notifications", NotificationsElement);
