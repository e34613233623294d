/**
 * `<convene-schedule-button with="acc_…" with-name="Ana Ruiz" with-tzid="America/New_York" me="acc_…">`: a button that
 * opens the booking modal. The modal's code, and the free times, are asked for as soon as somebody means to press it.
 *
 * In an app set `api`, `viewer` and `participants` instead of the attributes. Without `api` the platform's own API is
 * used, at `base-url` or this page's origin. Events are the modal's: `convene-booked`, `convene-ask`, `convene-close`.
 */
import { html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import { deviceZone } from "../../internal/device-zone.ts";
import { ConveneElement } from "../../internal/element.ts";
import { calendar, drawing } from "../../internal/icon-frame.ts";
import type { Person } from "../../internal/people.ts";
import type { SchedulingApi } from "../../internal/scheduling-api.ts";
import { button } from "../../styles/button.ts";
import type { BookingModalElement } from "../booking-modal/booking-modal.ts";
import { buttonStrings } from "./schedule-button.strings.ts";
import { styles } from "./schedule-button.styles.ts";

/** Long enough not to ask for every button that the pointer crosses. */
const DWELL_MS = 150;
type Door = typeof import("../../internal/scheduling-api.ts");

/** The modal is registered by being fetched; the door to the server comes with it. */
const fetchModal = async (): Promise<Door> =>
  (await Promise.all([import("../../internal/scheduling-api.ts"), import("../booking-modal/booking-modal.ts")]))[0];

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
  /** A personal token for `base-url`; without one the cookie, or what the page's own server adds, must do. */
  @property() token = "";
  @property() label = "";
  /** "primary" (default), "quiet" or "plain". */
  @property() variant = "primary";
  @property({ type: Boolean }) small = false;
  @property({ type: Boolean, attribute: "can-ask" }) canAsk = false;

  /** Set once the modal's code is here, so that the modal can be. */
  @state() private door: Door | null = null;
  @state() private isOpening = false;
  @state() private isFailed = false;
  @query("convene-booking-modal") private modal!: BookingModalElement | null;
  #dwell: ReturnType<typeof setTimeout> | null = null;
  #ownApi: { for: string; api: SchedulingApi } | null = null;

  /** Opens the modal, as a press does. */
  async open(): Promise<void> {
    this.#stopDwell();
    if (this.isOpening) return;
    this.isOpening = true;
    this.isFailed = false;
    try {
      await this.#prepare();
      if (this.isConnected) this.modal?.show();
    } catch {
      this.isFailed = true;
      this.announce(buttonStrings().openFailed, "assertive");
    } finally {
      this.isOpening = false;
    }
  }

  /** Fetches the modal's code and the first free times, as hovering does. A failure is met again, and said, by `open`. */
  async prefetch(): Promise<void> {
    try {
      await this.#prepare();
      this.modal?.prefetch();
    } catch {
      // See above.
    }
  }

  async #prepare(): Promise<void> {
    this.door ??= await fetchModal();
    await this.updateComplete;
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

  #apiOf(door: Door): SchedulingApi {
    if (this.api) return this.api;
    const wanted = [this.#viewer.sub, this.baseUrl, this.token].join(" ");
    if (this.#ownApi?.for !== wanted) {
      this.#ownApi = { for: wanted, api: door.platformAt(this.baseUrl, this.token, this.#viewer.sub) };
    }
    return this.#ownApi.api;
  }

  #startDwell = (): void => {
    this.#stopDwell();
    this.#dwell = setTimeout(() => void this.prefetch(), DWELL_MS);
  };

  #stopDwell = (): void => {
    if (this.#dwell !== null) clearTimeout(this.#dwell);
    this.#dwell = null;
  };

  protected override render() {
    const look = this.variant === "plain" ? "" : this.variant;
    const words = buttonStrings();
    return html`
      <button
        class="button ${look} ${this.small ? "small" : ""}"
        part="button"
        type="button"
        aria-haspopup="dialog"
        aria-busy=${this.isOpening}
        @pointerenter=${this.#startDwell}
        @pointerleave=${this.#stopDwell}
        @focus=${this.#startDwell}
        @blur=${this.#stopDwell}
        @click=${() => void this.open()}
      >
        <slot name="icon">${drawing(calendar)}</slot><span>${this.label || words.scheduleMeeting}</span>
      </button>
      ${this.isFailed ? html`<p class="failed">${words.openFailed}</p>` : nothing} ${this.liveRegions()}
      ${this.door
        ? html`<convene-booking-modal
            exportparts="dialog, suggestion, day, slot, confirm"
            .api=${this.#apiOf(this.door)}
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
