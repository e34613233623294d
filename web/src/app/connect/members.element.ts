/** `<connect-members>`: who is in a channel; book with one of them, or choose several and find a time for all. */
import { css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { formatTime, zoneCity } from "../../internal/time.ts";
import { avatar, button, field, notice, skeleton } from "../../styles/shared.ts";
import type { Person } from "../model.ts";
import { StoreWatch } from "../store-watch.ts";
import { avatar as avatarOf, failure, presenceMark, presenceWords, skeletons } from "../ui/parts.ts";
import { parts } from "../ui/styles.ts";
import type { Connect } from "./connect.ts";
import { BOOK_WITH, MESSAGE_PERSON, OPEN_PROFILE } from "./events.ts";

export class MembersElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    avatar,
    button,
    field,
    notice,
    skeleton,
    parts,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-block-size: 0;
        background: var(--cv-surface);
        border-inline-start: 1px solid var(--cv-line);
      }
      header {
        display: flex;
        align-items: center;
        gap: var(--cv-space-2);
        padding-block: var(--cv-space-3) var(--cv-space-2);
        padding-inline: var(--cv-space-4) var(--cv-space-2);
      }
      h2 {
        flex: 1;
        font-size: var(--cv-text-md);
      }
      .list {
        flex: 1;
        min-block-size: 0;
        overflow-y: auto;
        padding: 0 var(--cv-space-3) var(--cv-space-3);
        scroll-padding-block-end: 4.5rem;
      }
      .row {
        display: grid;
        grid-template-columns: auto auto 1fr;
        align-items: center;
        gap: 0 var(--cv-space-2);
        padding-block: var(--cv-space-2);
      }
      li + li .row {
        border-block-start: 1px solid var(--cv-line);
      }
      .row > .pick {
        display: grid;
        place-items: center;
        inline-size: 1.75rem;
        block-size: 1.75rem;
        margin-inline-start: -0.3rem;
        cursor: pointer;
      }
      .pick input {
        inline-size: 1.1rem;
        block-size: 1.1rem;
        margin: 0;
        accent-color: var(--cv-accent);
      }
      .who {
        min-inline-size: 0;
      }
      .name {
        appearance: none;
        display: flex;
        align-items: center;
        gap: var(--cv-space-1);
        min-block-size: 1.5rem;
        max-inline-size: 100%;
        padding: 0;
        border: 0;
        background: none;
        color: inherit;
        font: 550 var(--cv-text-md) / 1.3 var(--cv-font);
        text-align: start;
        cursor: pointer;
      }
      .name:hover span {
        text-decoration: underline;
      }
      .small {
        font-size: var(--cv-text-sm);
      }
      .actions {
        grid-column: 3;
        display: flex;
        flex-wrap: wrap;
        gap: var(--cv-space-1);
        margin-block-start: var(--cv-space-1);
      }
      .bar {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: var(--cv-space-2);
        padding: var(--cv-space-3) var(--cv-space-4);
        border-block-start: 1px solid var(--cv-line);
        background: var(--cv-surface-raised);
      }
    `,
  );

  @property({ attribute: false }) connect!: Connect;
  @property({ attribute: false }) conversationId = "";
  @state() private chosen: ReadonlySet<string> = new Set();
  @state() private problem: unknown = null;
  #loading = "";
  protected readonly watch = new StoreWatch(
    this,
    () => this.connect?.store,
    () => [`members:${this.conversationId}`, "people"],
  );

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has("conversationId")) {
      this.chosen = new Set();
      this.problem = null;
    }
    const isKnown = this.connect.store.members.has(this.conversationId);
    if (!isKnown && this.#loading !== this.conversationId && this.problem === null) void this.#load();
  }

  async #load(): Promise<void> {
    this.#loading = this.conversationId;
    this.problem = null;
    try {
      await this.connect.loadMembers(this.conversationId);
    } catch (error) {
      this.problem = error;
    } finally {
      this.#loading = "";
    }
  }

  #choose(sub: string, on: boolean): void {
    const chosen = new Set(this.chosen);
    if (on) chosen.add(sub);
    else chosen.delete(sub);
    this.chosen = chosen;
  }

  #book(subs: readonly string[]): void {
    // With one person the card belongs to their direct conversation, with several to the channel they were chosen in.
    const isGroup = subs.length > 1;
    const candidates = isGroup ? this.connect.store.members.get(this.conversationId) : [];
    this.emit(BOOK_WITH, { subs, candidates, conversationId: isGroup ? this.conversationId : null });
  }

  protected override render() {
    const subs = this.connect.store.members.get(this.conversationId);
    const collator = new Intl.Collator(this.language);
    const members = (subs ?? [])
      .flatMap((sub) => this.connect.store.person(sub) ?? [])
      .sort((a, b) => Number(b.is_me) - Number(a.is_me) || collator.compare(a.name, b.name));
    return html`
      <header>
        <h2 id="heading" tabindex="-1">Members${subs === undefined ? "" : ` · ${members.length}`}</h2>
        <button
          class="button quiet icon-only small"
          type="button"
          aria-label="Close members"
          @click=${() => this.emit("connect-close-members")}
        >
          ${icon("close")}
        </button>
      </header>
      <div class="list">
        ${this.problem !== null
          ? failure("Members could not be read.", this.problem, () => void this.#load())
          : subs === undefined
            ? skeletons(4, "row", "Loading members")
            : html`<ul aria-labelledby="heading">
                ${members.map((person) => html`<li>${this.#row(person)}</li>`)}
              </ul>`}
      </div>
      ${this.chosen.size > 0 ? this.#bar() : nothing}
    `;
  }

  #row(person: Person) {
    const mine = this.connect.store.me?.tzid ?? "UTC";
    const words = presenceWords(person, (at) => formatTime(at, mine, this.language));
    return html`<div class="row">
      ${person.is_me
        ? html`<span class="pick"></span>`
        : html`<label class="pick">
            <input
              type="checkbox"
              aria-label="Choose ${person.name}"
              .checked=${this.chosen.has(person.sub)}
              @change=${(event: Event) => this.#choose(person.sub, (event.target as HTMLInputElement).checked)}
            />
          </label>`}
      ${avatarOf(person)}
      <div class="who">
        <button
          class="name"
          type="button"
          @click=${(event: Event) => this.emit(OPEN_PROFILE, { sub: person.sub, anchor: event.currentTarget })}
        >
          ${presenceMark(person)}<span><bdi>${person.name}</bdi>${person.is_me ? " (you)" : ""}</span>
          <span class="visually-hidden">, ${words}</span>
        </button>
        <p class="small muted">
          <bdi><span class="time">${formatTime(Date.now(), person.tzid, this.language)}</span> in ${zoneCity(person.tzid)}</bdi>
        </p>
      </div>
      ${person.is_me
        ? nothing
        : html`<div class="actions">
            <button
              class="button small"
              type="button"
              aria-label="Book a meeting with ${person.name}"
              @click=${() => this.#book([person.sub])}
            >
              Book a meeting
            </button>
            <button
              class="button small quiet"
              type="button"
              aria-label="Message ${person.name}"
              @click=${() => this.emit(MESSAGE_PERSON, { sub: person.sub })}
            >
              Message
            </button>
          </div>`}
    </div>`;
  }

  #bar() {
    return html`<div class="bar">
      <span role="status">${this.chosen.size} selected</span>
      <button class="button primary" type="button" @click=${() => this.#book([...this.chosen])}>Find a time</button>
    </div>`;
  }
}
define("connect-members", MembersElement);
