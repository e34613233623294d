/**
 * `<connect-share-book>`: a time that was pressed in somebody's shared time: its length, a title, and Book. What is
 * gone meanwhile is said with the times nearest to it. `connect-booked` `{booking}` follows.
 */
import { type TemplateResult, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { type ApiError, newIdempotencyKey, toApiError } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { shortName } from "../../internal/people.ts";
import { MINUTE, dayKey, dualTime, formatDuration, formatTime, formatTimeRange, friendlyDay, toMillis, toUtc, zoneCity } from "../../internal/time.ts";
import type { Slot } from "../../internal/types.ts";
import { button, field, notice } from "../../styles/shared.ts";
import type { Person } from "../model.ts";
import { styles } from "./share-book.styles.ts";
import { type Meeting, type SharingApi, lengthsWith, nearestTo } from "./shared-time.ts";

type Trouble =
  | { kind: "taken" | "too_long"; nearest: readonly Slot[] }
  | { kind: "ended" }
  | { kind: "failed"; error: ApiError };

export class ShareBookElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, field, notice, styles);

  @property({ attribute: false }) sharing!: SharingApi;
  @property({ attribute: false }) messageId = "";
  @property({ attribute: false }) me: Person | null = null;
  @property({ attribute: false }) owner: Person | null = null;
  /** The length that was shared: among those to choose from. */
  @property({ attribute: false }) extra = 30;
  @state() private start = "";
  @state() private minutes = 30;
  @state() private headline = "";
  @state() private text = "";
  @state() private trouble: Trouble | null = null;
  @state() private busy: "" | "checking" | "booking" = "";
  @query("cv-dialog") private dialog!: DialogElement;
  #key = "";

  /** Opens for a time of `minutes`. */
  show(slot: Slot, minutes: number): void {
    this.minutes = minutes;
    this.headline = this.text = this.busy = "";
    this.#choose(slot.start);
    this.dialog.show();
  }

  get #tzid(): string {
    return this.me?.tzid ?? "UTC";
  }

  get #name(): string {
    return shortName(this.owner?.name ?? "Somebody");
  }

  get #end(): string {
    return toUtc(toMillis(this.start) + this.minutes * MINUTE);
  }

  get #suggested(): string {
    return [this.me?.name ?? "", this.owner?.name ?? ""].map(shortName).filter(Boolean).join(" and ");
  }

  /** Another time is another request, which must not be taken for a repeated one. */
  #choose(start: string): void {
    this.start = start;
    this.trouble = null;
    this.#key = newIdempotencyKey();
  }

  #when(start: string): string {
    const day = friendlyDay(dayKey(start, this.#tzid), dayKey(Date.now(), this.#tzid), this.language);
    return `${day}, ${formatTime(start, this.#tzid, this.language, this.clock)}`;
  }

  async #setMinutes(minutes: number): Promise<void> {
    this.minutes = minutes;
    this.#choose(this.start);
    await this.#check("too_long");
  }

  /** Reads which times there are for this length; says so where the chosen one is none of them. */
  async #check(kind: "taken" | "too_long"): Promise<void> {
    const { minutes } = this;
    this.busy = "checking";
    try {
      const found = await this.sharing.look(this.messageId, minutes);
      if (minutes !== this.minutes) return;
      if (found.share.state !== "live") this.trouble = { kind: "ended" };
      else if (kind === "taken" || !found.slots.some((slot) => slot.start === this.start)) {
        this.trouble = { kind, nearest: nearestTo(found.slots, this.start, 3) };
      }
    } catch (error) {
      this.trouble = { kind: "failed", error: toApiError(error) };
    }
    this.busy = "";
    if (this.trouble) this.announce(this.#troubleText(this.trouble), "assertive");
  }

  async #book(): Promise<void> {
    if (this.busy || (this.trouble && this.trouble.kind !== "failed")) return;
    this.busy = "booking";
    this.trouble = null;
    const meeting: Meeting = {
      start: this.start,
      durationMinutes: this.minutes,
      title: this.headline.trim() || this.#suggested,
      note: this.text.trim(),
    };
    try {
      const booking = await this.sharing.book(this.messageId, meeting, this.#key);
      this.busy = "";
      this.dialog.close();
      this.emit("connect-booked", { booking });
    } catch (error) {
      this.busy = "";
      await this.#refused(toApiError(error));
    }
  }

  async #refused(error: ApiError): Promise<void> {
    if (error.code === "slot_taken") {
      const near = error.problem["alternatives"];
      const nearest = Array.isArray(near) ? (near as Slot[]) : [];
      this.trouble = { kind: "taken", nearest };
      if (nearest.length === 0) await this.#check("taken");
    } else if (error.code === "share_ended" || error.status === 404) this.trouble = { kind: "ended" };
    else {
      this.trouble = { kind: "failed", error };
      if (!error.isNetwork) this.#key = newIdempotencyKey();
    }
    this.announce(this.#troubleText(this.trouble!), "assertive");
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(".near")?.focus();
  }

  #troubleText(trouble: Trouble): string {
    switch (trouble.kind) {
      case "taken":
        return `${this.#when(this.start)} has just been taken. Nothing was booked.`;
      case "too_long":
        return `There is no room for ${formatDuration(this.minutes)} at ${this.#when(this.start)}.`;
      case "ended":
        return `${this.#name} no longer shares these times. Nothing was booked.`;
      case "failed":
        return trouble.error.isNetwork
          ? `${trouble.error.detail} Press Book again: it is booked once, whatever became of the first try.`
          : `Not booked. ${trouble.error.detail}`;
    }
  }

  // ---------------------------------------------------------------- rendering

  protected override render() {
    return html`<cv-dialog size="small" heading="Meet ${this.owner?.name ?? ""}" .initialFocus=${() => this.renderRoot.querySelector<HTMLElement>(".book")}>
        ${this.start ? html`<div class="content">${this.#content()}</div>${this.#footer()}` : nothing}
      </cv-dialog>
      ${this.liveRegions()}`;
  }

  #content(): TemplateResult {
    const theirs = this.owner?.tzid ?? "";
    const time = dualTime(this.start, { mine: this.#tzid, theirs: theirs || null, name: this.#name, locale: this.language, hourCycle: this.clock });
    const isGone = this.trouble?.kind === "taken" || this.trouble?.kind === "too_long" || this.trouble?.kind === "ended";
    return html`
      <div class="time-box ${isGone ? "gone" : ""}">
        <p class="when time">
          ${friendlyDay(dayKey(this.start, this.#tzid), dayKey(Date.now(), this.#tzid), this.language, "long")},
          ${formatTimeRange(this.start, this.#end, this.#tzid, this.language, this.clock)}
        </p>
        <p class="muted">
          ${zoneCity(this.#tzid)}${time.secondary === null
            ? nothing
            : html` · <span class="time">${formatTimeRange(this.start, this.#end, theirs, this.language, this.clock)}</span> for
                <bdi>${this.#name}</bdi> ${time.shiftText}`}
        </p>
      </div>
      ${this.trouble ? this.#notice(this.trouble) : nothing}
      <div class="field">
        <label for="length">Length</label>
        <select id="length" class="input" @change=${(event: Event) => void this.#setMinutes(Number((event.target as HTMLSelectElement).value))}>
          ${lengthsWith(this.extra).map(
            (minutes) => html`<option value=${minutes} ?selected=${minutes === this.minutes}>${formatDuration(minutes)}</option>`,
          )}
        </select>
      </div>
      <div class="field">
        <label for="title">Title</label>
        <input
          id="title"
          class="input"
          maxlength="200"
          autocomplete="off"
          placeholder=${this.#suggested}
          .value=${this.headline}
          @input=${(event: Event) => (this.headline = (event.target as HTMLInputElement).value)}
        />
      </div>
      <div class="field">
        <label for="note">Note <span class="muted">(optional)</span></label>
        <textarea
          id="note"
          class="input"
          rows="2"
          maxlength="4000"
          .value=${this.text}
          @input=${(event: Event) => (this.text = (event.target as HTMLTextAreaElement).value)}
        ></textarea>
      </div>
    `;
  }

  #notice(trouble: Trouble): TemplateResult {
    const near = "nearest" in trouble ? trouble.nearest : [];
    return html`<div class="notice danger">
      ${icon("warning")}<span class="notice-text">${this.#troubleText(trouble)}</span>
      ${near.length > 0
        ? html`<div class="nearest" role="group" aria-label="Nearest free times">
            <span class="small">Nearest free times:</span>
            ${near.map((slot) => html`<button class="button small near" type="button" @click=${() => this.#take(slot)}>${this.#when(slot.start)}</button>`)}
          </div>`
        : nothing}
    </div>`;
  }

  async #take(slot: Slot): Promise<void> {
    this.#choose(slot.start);
    this.announce(`${this.#when(slot.start)} chosen.`);
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(".book")?.focus();
  }

  #footer(): TemplateResult {
    const isStuck = this.trouble !== null && this.trouble.kind !== "failed";
    return html`<div slot="footer" class="footer">
      <button class="button" type="button" @click=${() => this.dialog.close()}>Cancel</button>
      <button
        class="button primary book"
        type="button"
        aria-disabled=${isStuck}
        aria-busy=${this.busy !== ""}
        @click=${this.#book}
      >
        Book
      </button>
    </div>`;
  }
}

define("connect-share-book", ShareBookElement);

declare global {
  interface HTMLElementTagNameMap {
    "connect-share-book": ShareBookElement;
  }
}
