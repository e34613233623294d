/**
 * `<booking-answer>`: somebody asks for a meeting; its host accepts it, or declines it with a reason. Event:
 * `request-answered` with the booking as the server answered, `request-stale` when somebody else was quicker.
 */
import { css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { ApiError, type ApiClient, newIdempotencyKey } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { formatDayOf, formatTime } from "../../internal/time.ts";
import type { Booking } from "../../internal/types.ts";
import { button, field, notice } from "../../styles/shared.ts";
import { failure } from "../ui/parts.ts";

type Answer = "accept" | "decline";

export class BookingAnswer extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    field,
    notice,
    css`
      :host {
        display: grid;
        gap: var(--cv-space-3);
      }
      p {
        margin: 0;
      }
      form {
        display: grid;
        gap: var(--cv-space-3);
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: var(--cv-space-2);
      }
    `,
  );

  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) booking!: Booking;
  @property() tzid = "";
  @property({ type: Boolean }) offline = false;
  @state() private isDeclining = false;
  @state() private busy: Answer | null = null;
  @state() private problem: unknown = null;
  #key = newIdempotencyKey();

  async #answer(answer: Answer, body: Record<string, string>): Promise<void> {
    if (this.busy !== null || this.offline) return;
    this.busy = answer;
    this.problem = null;
    try {
      const path = `/api/bookings/${encodeURIComponent(this.booking.booking_id)}/${answer}`;
      const revision = this.booking.revision;
      const booking = await this.api.post<Booking>(path, body, { ifMatch: revision, idempotencyKey: this.#key });
      this.emit("request-answered", { booking, answer });
    } catch (error) {
      this.problem = error;
      this.#key = newIdempotencyKey();
      if (error instanceof ApiError && [409, 412].includes(error.status)) this.emit("request-stale");
    } finally {
      this.busy = null;
    }
  }

  readonly #decline = (event: SubmitEvent): void => {
    event.preventDefault();
    const reason = this.renderRoot.querySelector<HTMLTextAreaElement>("#reason")?.value.trim() ?? "";
    void this.#answer("decline", reason ? { reason } : {});
  };

  #toggle(isDeclining: boolean): void {
    this.isDeclining = isDeclining;
    const next = isDeclining ? "#reason" : ".decline";
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(next)?.focus());
  }

  protected override render() {
    const { booking, tzid } = this;
    const who = booking.guests?.map((guest) => guest.name).join(", ") || "Somebody";
    const by = booking.answer_by;
    return html`
      <div class="notice warning">
        ${icon("clock")}
        <p class="notice-text">
          <bdi>${who}</bdi> asks for this meeting. The time is
          held${by ? html` until <strong>${formatDayOf(by, tzid, this.language)}, ${formatTime(by, tzid, this.language, this.clock)}</strong>` : nothing};
          unanswered, the request comes to nothing.
        </p>
      </div>
      ${this.problem === null ? nothing : failure("The request was not answered.", this.problem)}
      ${this.isDeclining ? this.#form(who) : this.#choice()}
    `;
  }

  #choice() {
    const off = this.offline ? "true" : nothing;
    return html`<div class="actions">
      <button
        class="button primary"
        type="button"
        aria-busy=${this.busy === "accept"}
        aria-disabled=${off}
        @click=${() => void this.#answer("accept", {})}
      >
        ${icon("check")}Accept
      </button>
      <button class="button decline" type="button" aria-disabled=${off} @click=${() => this.offline || this.#toggle(true)}>Decline</button>
    </div>`;
  }

  #form(who: string) {
    return html`<form @submit=${this.#decline}>
      <div class="field">
        <label for="reason">Reason <span class="muted">(optional)</span></label>
        <textarea class="input" id="reason" rows="2" maxlength="1000" aria-describedby="reason-hint"></textarea>
        <p class="hint" id="reason-hint"><bdi>${who}</bdi> reads it.</p>
      </div>
      <div class="actions">
        <button class="button" type="button" @click=${() => this.#toggle(false)}>Back</button>
        <button class="button danger" type="submit" aria-busy=${this.busy === "decline"}>Decline the request</button>
      </div>
    </form>`;
  }
}
define("booking-answer", BookingAnswer);
