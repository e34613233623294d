/**
 * `<connect-share-dialog>`: "Share availability": which days, for how long a meeting, until when, with exactly what
 * others will see, and the calendars it rests on. `show()` opens; `connect-shared` follows when it was shared.
 */
import { type TemplateResult, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { type ApiError, newIdempotencyKey, toApiError } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { recall, remember } from "../../internal/memory.ts";
import { formatDayOf, formatDuration, toMillis, zoneLabel } from "../../internal/time.ts";
import { button, field, notice, skeleton } from "../../styles/shared.ts";
import type { Connect } from "../connect/connect.ts";
import type { Connection } from "../platform.ts";
import { settingsPath } from "../router.ts";
import { conversationTitle } from "../titles.ts";
import "./free-week.element.ts";
import { styles } from "./share-dialog.styles.ts";
import { type Choice, DAY_CHOICES, LENGTHS, type Preview, SharingApi, freeDays } from "./shared-time.ts";

const DAY_NAMES: Record<number, string> = { 1: "Today", 3: "3 days", 7: "7 days" };

export class ShareDialogElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, field, notice, skeleton, styles);

  @property({ attribute: false }) connect!: Connect;
  @property({ attribute: false }) conversationId = "";
  @state() private choice: Choice = { days: 7, durationMinutes: 30, anyHour: false, expiresInDays: 7 };
  @state() private preview: Preview | null = null;
  @state() private error: ApiError | null = null;
  /** What kept it from being shared. */
  @state() private refusal: ApiError | null = null;
  @state() private isSharing = false;
  @state() private connections: readonly Connection[] | null = null;
  @query("cv-dialog") private dialog!: DialogElement;
  #asking = new AbortController();
  #nonce = "";

  get #api(): SharingApi {
    return new SharingApi(this.connect.client);
  }

  async show(): Promise<void> {
    const remembered = Number(recall("share.duration"));
    this.#choose({ days: 7, durationMinutes: remembered > 0 ? remembered : 30, anyHour: false, expiresInDays: 7 });
    this.refusal = null;
    this.connections = null;
    await this.updateComplete;
    this.dialog.show();
    void this.#readConnections();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#asking.abort();
  }

  #choose(change: Partial<Choice>): void {
    const next = { ...this.choice, ...change };
    // It ends with its days unless somebody wants it to end sooner.
    if (change.days !== undefined) next.expiresInDays = change.days;
    this.choice = next;
    this.#nonce = newIdempotencyKey();
    void this.#look();
  }

  async #look(): Promise<void> {
    this.#asking.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.preview = null;
    this.error = null;
    try {
      const preview = await this.#api.preview(this.choice, asking.signal);
      if (asking.signal.aborted) return;
      this.preview = preview;
      this.announce(preview.free.length > 0 ? "The preview shows what others will see." : "You have no free time in these days.");
    } catch (error) {
      if (!asking.signal.aborted) this.error = toApiError(error);
    }
  }

  /** For the sentence about the calendars behind it; guests have none to speak of. */
  async #readConnections(): Promise<void> {
    if (this.connect.store.me?.role === "guest") return;
    try {
      const found = await this.connect.client.get<{ connections: Connection[] }>("/api/calendar-connections");
      this.connections = found.connections;
    } catch {
      // It is said in the settings too; sharing goes on without it.
    }
  }

  async #share(): Promise<void> {
    if (this.isSharing || this.#obstacle !== "") return;
    this.isSharing = true;
    this.refusal = null;
    try {
      await this.#api.share(this.conversationId, this.choice, this.#nonce);
      this.dialog.close();
      this.emit("connect-shared");
    } catch (error) {
      this.refusal = toApiError(error);
      this.announce(`Nothing was shared. ${this.refusal.detail}`, "assertive");
    }
    this.isSharing = false;
  }

  get #isUnknown(): boolean {
    return this.preview?.state === "unknown" || this.preview?.state === "not_shared";
  }

  /** Why there is nothing to share; "" where there is. */
  get #obstacle(): string {
    if (this.preview === null) return this.error ? "The preview could not be read." : "Reading your free time…";
    if (this.#isUnknown) return "A calendar of yours cannot be read.";
    return this.preview.free.length === 0 ? "There is no free time to share in these days." : "";
  }

  protected override render() {
    const conversation = this.connect?.store.conversations.get(this.conversationId);
    const title = conversation ? conversationTitle(this.connect.store, conversation) : "";
    const isChannel = conversation?.kind === "channel";
    return html`<cv-dialog size="wide" heading="Share availability">
        <div class="content">
          <p class="muted">
            ${isChannel ? html`Everybody in <bdi>#${title}</bdi>` : html`<bdi>${title}</bdi>`} sees when you are free, picks a time and books it
            into your calendar and their own. They see start and end of your free time: no titles, no calendar names, nothing of what
            fills the rest.
          </p>
          ${this.#fields()}
          <section class="preview" aria-labelledby="preview" aria-busy=${this.preview === null && !this.error}>
            <h3 id="preview">What others will see <span class="muted">${this.#zone()}</span></h3>
            ${this.#shown()}
          </section>
          ${this.#behind()}
        </div>
        <div slot="footer" class="footer">
          ${this.refusal
            ? html`<div class="notice danger" role="alert">${icon("warning")}<span class="notice-text">Nothing was shared. ${this.refusal.detail}</span></div>`
            : nothing}
          <div class="row">
            <p class="muted ends">${this.preview && !this.#obstacle ? this.#ends(this.preview) : this.#obstacle}</p>
            <button class="button" type="button" @click=${() => this.dialog.close()}>Cancel</button>
            <button class="button primary" type="button" aria-disabled=${this.#obstacle !== ""} aria-busy=${this.isSharing} @click=${this.#share}>
              Share
            </button>
          </div>
        </div>
      </cv-dialog>
      ${this.liveRegions()}`;
  }

  #zone(): string {
    return zoneLabel(this.connect.store.me?.tzid ?? "UTC", Date.now());
  }

  #ends(preview: Preview): string {
    const tzid = this.connect.store.me?.tzid ?? "UTC";
    return `Shared until the end of ${formatDayOf(toMillis(preview.expires_at) - 1, tzid, this.language, "long")}. You can stop at any time.`;
  }

  #fields(): TemplateResult {
    const { choice } = this;
    const value = (event: Event): number => Number((event.target as HTMLSelectElement).value);
    return html`<div class="fields">
      <fieldset>
        <legend class="label">Days</legend>
        <div class="days">
          ${DAY_CHOICES.map(
            (days) => html`<label class="day"
              ><input type="radio" name="days" .checked=${choice.days === days} @change=${() => this.#choose({ days })} /><span>${DAY_NAMES[days]}</span></label
            >`,
          )}
        </div>
      </fieldset>
      <div class="field">
        <label for="length">Meetings of</label>
        <select
          id="length"
          class="input"
          @change=${(event: Event) => {
            remember("share.duration", String(value(event)));
            this.#choose({ durationMinutes: value(event) });
          }}
        >
          ${LENGTHS.map((minutes) => html`<option value=${minutes} ?selected=${minutes === choice.durationMinutes}>${formatDuration(minutes)}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="ends">Stops being shared</label>
        <select id="ends" class="input" @change=${(event: Event) => this.#choose({ expiresInDays: value(event) })}>
          ${DAY_CHOICES.filter((days) => days <= choice.days)
            .reverse()
            .map(
              (days) => html`<option value=${days} ?selected=${days === choice.expiresInDays}>
                ${days === choice.days ? "When the days are over" : days === 1 ? "Tonight" : `After ${days} days`}
              </option>`,
            )}
        </select>
      </div>
      <label class="check">
        <input
          type="checkbox"
          .checked=${!choice.anyHour}
          @change=${(event: Event) => this.#choose({ anyHour: !(event.target as HTMLInputElement).checked })}
        />Only in my working hours
      </label>
    </div>`;
  }

  #shown(): TemplateResult {
    const { preview, error } = this;
    if (error) {
      return html`<div class="notice danger">
        ${icon(error.code === "offline" ? "offline" : "warning")}<span class="notice-text">Your free time could not be read. ${error.detail}</span>
        <button class="button small" type="button" @click=${() => void this.#look()}>Try again</button>
      </div>`;
    }
    if (!preview) return html`<span class="skeleton"></span>`;
    if (this.#isUnknown) {
      return html`<div class="notice warning">
        ${icon("warning")}<span class="notice-text">${preview.detail} Until it is read, nobody can be told when you are free.</span>
        <a class="button small" href=${settingsPath("calendars")}>Settings, Calendars</a>
      </div>`;
    }
    if (preview.free.length === 0) return this.#nothing();
    const tzid = this.connect.store.me?.tzid ?? "UTC";
    return html`<connect-free-week
      read-only
      .days=${freeDays({ free: preview.free, slots: [] }, { from: preview.start_utc, to: preview.end_utc }, tzid, Date.now())}
      tzid=${tzid}
      locale=${this.language}
    ></connect-free-week>`;
  }

  /** No free time: more days, or more of each day. */
  #nothing(): TemplateResult {
    const more = DAY_CHOICES.find((days) => days > this.choice.days);
    return html`<div class="empty">
      ${icon("calendar")}
      <p>You have no free time ${this.choice.days === 1 ? "today" : "in these days"}.</p>
      <div class="exits">
        ${more ? html`<button class="button small" type="button" @click=${() => this.#choose({ days: more })}>Share ${more} days</button>` : nothing}
        ${this.choice.anyHour
          ? nothing
          : html`<button class="button small" type="button" @click=${() => this.#choose({ anyHour: true })}>Share any hour</button>`}
      </div>
    </div>`;
  }

  // ---------------------------------------------------------------- the calendars behind it

  #behind() {
    const { connections } = this;
    if (connections === null) return nothing;
    const outside = connections.filter((connection) => connection.kind !== "builtin");
    const read = outside.flatMap((connection) => connection.calendars.filter((calendar) => calendar.is_checked));
    const written = outside.flatMap((connection) => connection.calendars.filter((calendar) => calendar.is_target));
    const names = (calendars: readonly { name: string }[]): string => calendars.map((calendar) => calendar.name).join(", ");
    const reading =
      read.length === 0
        ? "No calendar of yours is read: only meetings booked here count."
        : `Your busy time is read from ${names(read)}.`;
    const writing = written.length === 0 ? "Meetings are kept here and written to no other calendar." : `Meetings are written to ${names(written)}.`;
    return html`<p class="behind">
      ${icon("calendar")}<span>${reading} ${writing}</span>
      <a href=${settingsPath("calendars")}>${outside.length === 0 ? "Connect a calendar" : "Change, swap or disconnect"}</a>
    </p>`;
  }
}

define("connect-share-dialog", ShareDialogElement);

declare global {
  interface HTMLElementTagNameMap {
    "connect-share-dialog": ShareDialogElement;
  }
}
