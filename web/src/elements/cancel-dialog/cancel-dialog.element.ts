/**
 * `<convene-cancel-dialog>`: "Cancel the meeting?" with a reason, for the Card in `card`.
 *
 * `show()` opens. Event: `convene-cancelled` `{booking}` after the server agreed. A failure keeps the reason and says why.
 */
import { html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import { type ApiError, newIdempotencyKey, toApiError } from "../../internal/api-client.ts";
import { ConveneElement } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { namesOfOthers } from "../../internal/meeting.ts";
import { shortName } from "../../internal/people.ts";
import type { SchedulingApi } from "../../internal/scheduling-api.ts";
import { strings } from "../../internal/strings.ts";
import { dayKey, deviceZone, formatTime, friendlyDay } from "../../internal/time.ts";
import { type Card, cardFromBooking } from "../../internal/types.ts";
import { button, field, notice } from "../../styles/shared.ts";
import type { DialogElement } from "../dialog/dialog.ts";
import "../dialog/dialog.ts";
import { styles } from "./cancel-dialog.styles.ts";

export class CancelDialogElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, field, notice, styles);
  static override parts = ["common", "meeting"] as const;

  @property({ attribute: false }) api: SchedulingApi | null = null;
  @property({ attribute: false }) card: Card | null = null;
  /** The viewer's id. */
  @property() viewer = "";
  @property() tzid = "";

  @state() private reason = "";
  @state() private busy = false;
  @state() private problem = "";
  @query("cv-dialog") private dialog!: DialogElement;
  #key = "";

  show(): void {
    this.reason = this.problem = "";
    this.busy = false;
    this.#key = newIdempotencyKey();
    void this.updateComplete.then(() => this.dialog.show());
  }

  hide(): void {
    this.dialog.close();
  }

  async #cancel(): Promise<void> {
    const { card, api } = this;
    if (!card || !api || this.busy) return;
    this.busy = true;
    this.problem = "";
    try {
      const booking = await api.cancel({
        bookingId: card.booking_id,
        revision: card.revision,
        ...(this.reason.trim() ? { reason: this.reason.trim() } : {}),
        idempotencyKey: this.#key,
      });
      this.hide();
      this.emit("convene-cancelled", { booking });
    } catch (caught) {
      await this.#failed(toApiError(caught), card, api);
    } finally {
      this.busy = false;
    }
  }

  /** Somebody was faster: show the meeting as it is now and let the person decide again. */
  async #failed(error: ApiError, card: Card, api: SchedulingApi): Promise<void> {
    const words = strings();
    this.problem = `${words.cancelFailed} ${error.detail}`;
    if (!error.isNetwork) this.#key = newIdempotencyKey();
    if (error.status === 412) {
      const fresh = await api.booking(card.booking_id).then(cardFromBooking, () => null);
      if (fresh) {
        this.card = fresh;
        const name = fresh.changed_by_name || words.someone;
        this.problem =
          fresh.state === "cancelled" ? words.changedCancelled(name) : words.changedTo(name, this.#when(fresh));
      }
    }
    this.announce(this.problem, "assertive");
  }

  #when(card: Card): string {
    const tzid = this.tzid || deviceZone();
    const day = friendlyDay(dayKey(card.start_utc, tzid), dayKey(Date.now(), tzid), this.language);
    return `${day}, ${formatTime(card.start_utc, tzid, this.language, this.clock)}`;
  }

  protected override render() {
    const words = strings();
    const card = this.card;
    const names = card ? words.names(namesOfOthers(card, this.viewer).map(shortName)) : "";
    const isOver = card?.state === "cancelled";
    return html`
      <cv-dialog
        size="small"
        dialog-role="alertdialog"
        heading=${words.cancelHeading}
        .initialFocus=${() => this.renderRoot.querySelector<HTMLElement>("#reason")}
        @cv-close=${(event: Event) => {
          event.stopPropagation();
          this.emit("convene-close");
        }}
      >
        ${card
          ? html`<div class="content">
              <p>${words.cancelQuestion(card.title, this.#when(card), names)}</p>
              ${this.problem
                ? html`<div class="notice danger">${icon("warning")}<span class="notice-text">${this.problem}</span></div>`
                : nothing}
              <div class="field">
                <label for="reason">${words.reasonLabel} <span class="muted">(${words.optional})</span></label>
                <textarea
                  id="reason"
                  class="input"
                  rows="2"
                  maxlength="1000"
                  .value=${this.reason}
                  @input=${(event: Event) => (this.reason = (event.target as HTMLTextAreaElement).value)}
                ></textarea>
              </div>
            </div>`
          : nothing}
        <div slot="footer" class="actions">
          <button class="button" type="button" @click=${() => this.hide()}>${isOver ? words.close : words.keepMeeting}</button>
          ${isOver
            ? nothing
            : html`<button class="button danger" type="button" aria-busy=${this.busy} @click=${() => void this.#cancel()}>
                ${words.cancelMeeting}
              </button>`}
        </div>
      </cv-dialog>
      ${this.liveRegions()}
    `;
  }
}
