/**
 * `<convene-schedule-button with="acc_…" with-name="Ana Ruiz" with-tzid="America/New_York" me="acc_…">`: a button that
 * opens the booking modal, and asks for free times as soon as somebody means to press it.
 *
 * In an app set `api`, `viewer` and `participants` instead of the attributes. Without `api` the platform's own API is
 * used, at `base-url` or this page's origin. Events are the modal's: `convene-booked`, `convene-ask`, `convene-close`.
 */
import { html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import { ApiClient } from "../../internal/api-client.ts";
import { ConveneElement } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import type { Person } from "../../internal/people.ts";
import { type SchedulingApi, platformApi } from "../../internal/scheduling-api.ts";
import { strings } from "../../internal/strings.ts";
import { deviceZone } from "../../internal/time.ts";
import { button } from "../../styles/shared.ts";
import type { BookingModalElement } from "../booking-modal/booking-modal.ts";
import "../booking-modal/booking-modal.ts";
import { styles } from "./schedule-button.styles.ts";

/** Long enough not to ask for every button that the pointer crosses. */
const DWELL_MS = 150;

export class ScheduleButtonElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, styles);

  @property({ attribute: false }) api: SchedulingApi | null = null;
  @property({ attribute: false }) viewer: Person | null = null;
  @property({ attribute: false }) participants: readonly Person[] = [];
  @property({ attribute: "with" }) withId = "";
  @property({ attribute: "with-name" }) withName = "";
  @property({ attribute: "with-tzid" }) withTzid = "";
  @property() me = "";
  @property({ attribute: "me-name" }) meName = "";
  @property({ attribute: "me-tzid" }) meTzid = "";
  @property({ attribute: "base-url" }) baseUrl = "";
  @property() label = "";
  /** "primary" (default), "quiet" or "plain". */
  @property() variant = "primary";
  @property({ type: Boolean }) small = false;
  @property({ type: Boolean, attribute: "can-ask" }) canAsk = false;

  @state() private wanted = false;
  @query("convene-booking-modal") private modal!: BookingModalElement | null;
  #dwell: ReturnType<typeof setTimeout> | null = null;
  #ownApi: SchedulingApi | null = null;

  /** Opens the modal, as a press does. */
  async open(): Promise<void> {
    this.#stopDwell();
    this.wanted = true;
    await this.updateComplete;
    this.modal?.show();
  }

  /** Passes on the socket's `availability.changed`. */
  availabilityChanged(subs: readonly string[]): void {
    this.modal?.availabilityChanged(subs);
  }

  override focus(): void {
    this.renderRoot.querySelector("button")?.focus();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopDwell();
  }

  get #people(): readonly Person[] {
    if (this.participants.length > 0) return this.participants;
    return this.withId ? [{ sub: this.withId, name: this.withName || this.withId, tzid: this.withTzid }] : [];
  }

  get #viewer(): Person {
    return this.viewer ?? { sub: this.me, name: this.meName, tzid: this.meTzid || deviceZone() };
  }

  get #api(): SchedulingApi {
    return this.api ?? (this.#ownApi ??= platformApi(this.#viewer.sub, new ApiClient({ baseUrl: this.baseUrl })));
  }

  #startDwell = (): void => {
    this.#stopDwell();
    this.#dwell = setTimeout(async () => {
      this.wanted = true;
      await this.updateComplete;
      this.modal?.prefetch();
    }, DWELL_MS);
  };

  #stopDwell = (): void => {
    if (this.#dwell !== null) clearTimeout(this.#dwell);
    this.#dwell = null;
  };

  protected override render() {
    const look = this.variant === "plain" ? "" : this.variant;
    return html`
      <button
        class="button ${look} ${this.small ? "small" : ""}"
        part="button"
        type="button"
        aria-haspopup="dialog"
        @pointerenter=${this.#startDwell}
        @pointerleave=${this.#stopDwell}
        @focus=${this.#startDwell}
        @blur=${this.#stopDwell}
        @click=${() => void this.open()}
      >
        <slot name="icon">${icon("calendar")}</slot><span>${this.label || strings().scheduleMeeting}</span>
      </button>
      ${this.wanted
        ? html`<convene-booking-modal
            exportparts="dialog, suggestion, day, slot, confirm"
            .api=${this.#api}
            .me=${this.#viewer}
            .participants=${this.#people}
            .hourCycle=${this.hourCycle}
            .locale=${this.locale}
            ?can-ask=${this.canAsk}
          ></convene-booking-modal>`
        : nothing}
    `;
  }
}
