/**
 * `<connect-card>`: the card of one booking, as it is now. It follows the booking by id and never its message.
 *
 * Below it, for those concerned: that somebody's calendar says something else, and the way to decide.
 */
import { css, html, nothing } from "lit";
import { property, query } from "lit/decorators.js";
import "../../elements/booking-card/booking-card.ts";
import type { BookingCardElement } from "../../elements/booking-card/booking-card.element.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { isOff } from "../../internal/meeting.ts";
import { button, notice } from "../../styles/shared.ts";
import { ConflictsWatch } from "../conflicts.ts";
import { StoreWatch } from "../store-watch.ts";
import { conflictNotice } from "../ui/conflict-notice.ts";
import type { Connect } from "./connect.ts";

export class CardElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    notice,
    css`
      .notice {
        margin-block-start: var(--cv-space-2);
        max-inline-size: 34rem;
      }
    `,
  );

  @property({ attribute: false }) connect!: Connect;
  @property({ attribute: false }) bookingId = "";
  protected readonly watch = new StoreWatch(this, () => this.connect?.store, () => [`card:${this.bookingId}`]);
  @query("convene-booking-card") private card!: BookingCardElement;
  #seen = "";

  constructor() {
    super();
    new ConflictsWatch(this, () => this.connect?.conflicts ?? null);
  }

  /** Resolves once the card is drawn and can take the focus. */
  async settled(): Promise<void> {
    await this.updateComplete;
    await this.card.updateComplete;
  }

  override focus(): void {
    this.card.focus();
  }

  /** A card that changes may be about to disagree with somebody's calendar, or to agree again. */
  protected override updated(): void {
    const card = this.connect.store.cards.get(this.bookingId);
    const seen = card === undefined ? "" : `${card.booking_id} ${card.revision}.${card.sync_revision}`;
    if (this.#seen !== "" && seen !== this.#seen) this.connect.conflicts?.suspect();
    this.#seen = seen;
  }

  protected override render() {
    const { store, conflicts } = this.connect;
    const card = store.cards.get(this.bookingId) ?? null;
    const conflict = card === null || isOff(card) ? null : (conflicts?.of(this.bookingId) ?? null);
    const look = { tzid: store.me?.tzid ?? "UTC", locale: this.language, me: store.me?.sub ?? "" };
    return html`<convene-booking-card .card=${card} .viewer=${look.me} .tzid=${store.me?.tzid ?? ""}></convene-booking-card>
      ${conflict === null ? nothing : conflictNotice(conflict, look)}`;
  }
}
define("connect-card", CardElement);
