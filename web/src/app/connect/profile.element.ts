/**
 * `<connect-profile>`: who somebody is, beside the name that was pressed: what they do, their local time, how to reach them.
 *
 * Opened by `show(sub, anchor)`; Escape or a press elsewhere closes it and the focus goes back to the name.
 */
import { css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { formatDayOf, formatTime, offsetMinutes, zoneLabel } from "../../internal/time.ts";
import { avatar, button, notice, skeleton } from "../../styles/shared.ts";
import type { PersonDetail } from "../model.ts";
import { bookingPath } from "../router.ts";
import { StoreWatch } from "../store-watch.ts";
import { appIcon } from "../ui/icons.ts";
import { avatar as avatarOf, failure, presenceMark, presenceWords } from "../ui/parts.ts";
import { place } from "../ui/popover.ts";
import { parts } from "../ui/styles.ts";
import type { Connect } from "./connect.ts";
import { BOOK_WITH, MESSAGE_PERSON } from "./events.ts";

export class ProfileElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    avatar,
    button,
    notice,
    skeleton,
    parts,
    css`
      .panel {
        position: fixed;
        inset: 0 auto auto 0;
        margin: 0;
        inline-size: min(20rem, calc(100vw - 1rem));
        padding: var(--cv-space-4);
        border: 1px solid var(--cv-line);
        border-radius: var(--cv-radius-lg);
        background: var(--cv-surface-raised);
        color: var(--cv-ink);
        box-shadow: var(--cv-shadow-2);
        overflow-y: auto;
        max-block-size: calc(100dvh - 1rem);
      }
      .panel:focus-visible {
        outline: none;
      }
      .head {
        display: flex;
        gap: var(--cv-space-3);
        align-items: center;
      }
      h2 {
        font-size: var(--cv-text-lg);
        line-height: var(--cv-leading-tight);
      }
      .facts {
        display: grid;
        gap: var(--cv-space-2);
        margin-block: var(--cv-space-4);
        font-size: var(--cv-text-sm);
      }
      .facts > div {
        display: flex;
        align-items: center;
        gap: var(--cv-space-2);
        overflow-wrap: anywhere;
      }
      .facts svg.icon {
        color: var(--cv-ink-muted);
      }
      .facts .presence {
        margin-inline: 0.12rem;
      }
      dt {
        display: contents;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: var(--cv-space-2);
      }
      .actions .button {
        flex: 1 1 auto;
        white-space: nowrap;
        padding-inline: var(--cv-space-2);
      }
      .skeleton {
        block-size: 1.2rem;
        inline-size: 75%;
      }
    `,
  );

  @property({ attribute: false }) connect!: Connect;
  @state() private sub = "";
  @state() private detail: PersonDetail | null = null;
  @state() private problem: unknown = null;
  @query(".panel") private panel!: HTMLElement;
  #anchor: HTMLElement | null = null;
  protected readonly watch = new StoreWatch(this, () => this.connect?.store, () => [`person:${this.sub}`]);

  /** Shows a person beside the pressed name and reads their contact details afresh. */
  async show(sub: string, anchor: HTMLElement): Promise<void> {
    this.sub = sub;
    this.detail = null;
    this.#anchor = anchor;
    await this.updateComplete;
    this.panel.showPopover();
    this.#place();
    this.panel.focus();
    await this.#load();
  }

  hide(): void {
    if (this.panel.matches(":popover-open")) this.panel.hidePopover();
  }

  async #load(): Promise<void> {
    const { sub } = this;
    this.problem = null;
    try {
      const detail = await this.connect.person(sub);
      if (sub === this.sub) this.detail = detail;
    } catch (error) {
      if (sub === this.sub) this.problem = error;
    }
    await this.updateComplete;
    this.#place();
  }

  #place(): void {
    if (this.#anchor !== null && this.panel.matches(":popover-open")) place(this.panel, this.#anchor);
  }

  #toggled(event: ToggleEvent): void {
    if (event.newState === "open") return;
    const lost = document.activeElement === document.body || this.matches(":focus-within");
    if (lost && this.#anchor?.isConnected) this.#anchor.focus({ preventScroll: true });
  }

  #act(name: string, detail: object): void {
    this.hide();
    this.emit(name, detail);
  }

  protected override render() {
    const person = this.connect.store.person(this.sub);
    return html`<div
      class="panel"
      popover
      role="dialog"
      aria-labelledby="name"
      tabindex="-1"
      @toggle=${this.#toggled}
    >
      ${person === null ? html`<h2 id="name">Unknown person</h2>` : this.#person(person.sub)}
    </div>`;
  }

  #person(sub: string) {
    const { store } = this.connect;
    const person = store.person(sub)!;
    const mine = store.me?.tzid ?? "UTC";
    const now = Date.now();
    const shift = offsetMinutes(now, person.tzid) !== offsetMinutes(now, mine);
    const words = presenceWords(person, (at) => formatTime(at, mine, this.language));
    return html`
      <div class="head">
        ${avatarOf(person, "large")}
        <div>
          <h2 id="name"><bdi>${person.name}</bdi></h2>
          <p class="muted">${[person.title, person.pronouns].filter(Boolean).join(" · ")}</p>
        </div>
      </div>
      <dl class="facts">
        <div><dt>${presenceMark(person)}<span class="visually-hidden">Presence</span></dt><dd>${words}</dd></div>
        <div>
          <dt>${icon("clock")}<span class="visually-hidden">Local time</span></dt>
          <dd>
            <span class="time">${formatTime(now, person.tzid, this.language)}</span> in
            ${zoneLabel(person.tzid, now)}${shift ? nothing : person.is_me ? nothing : ", as for you"}
          </dd>
        </div>
        ${this.#contact()}
      </dl>
      ${person.is_me
        ? html`<div class="actions"><a class="button" href="/settings/profile" @click=${() => this.hide()}>Edit profile</a></div>`
        : html`<div class="actions">
            <button class="button" type="button" @click=${() => this.#act(MESSAGE_PERSON, { sub })}>
              ${appIcon("message")}Message
            </button>
            <button
              class="button primary"
              type="button"
              @click=${() => this.#act(BOOK_WITH, { subs: [sub], conversationId: null })}
            >
              Book a meeting
            </button>
          </div>`}
    `;
  }

  #contact() {
    if (this.problem !== null) return failure("Contact details are missing.", this.problem, () => void this.#load());
    if (this.detail === null) {
      return html`<div role="status"><span class="skeleton pulse"></span><span class="visually-hidden">Loading contact details…</span></div>`;
    }
    const { email, phone, upcoming_with_me: next } = this.detail;
    const tzid = this.connect.store.me?.tzid ?? "UTC";
    const meeting = next[0];
    return html`
      ${email
        ? html`<div><dt>${appIcon("mail")}<span class="visually-hidden">E-mail</span></dt><dd><a href="mailto:${email}">${email}</a></dd></div>`
        : nothing}
      ${phone
        ? html`<div><dt>${appIcon("phone")}<span class="visually-hidden">Phone</span></dt><dd><a href="tel:${phone.replace(/[^+\d]/gu, "")}">${phone}</a></dd></div>`
        : nothing}
      ${meeting
        ? html`<div>
            <dt>${icon("calendar")}<span class="visually-hidden">Next meeting with you</span></dt>
            <dd>
              Next:
              <a href=${bookingPath(meeting.booking_id)} @click=${() => this.hide()}>
                ${formatDayOf(meeting.start_utc, tzid, this.language)}, ${formatTime(meeting.start_utc, tzid, this.language)}</a
              >
            </dd>
          </div>`
        : nothing}
    `;
  }
}
define("connect-profile", ProfileElement);
