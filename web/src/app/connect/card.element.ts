/** `<connect-card>`: the card of one booking, as it is now. It follows the booking by id and never its message. */
import { css, html } from "lit";
import { property, query } from "lit/decorators.js";
import "../../elements/booking-card/booking-card.ts";
import type { BookingCardElement } from "../../elements/booking-card/booking-card.element.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { StoreWatch } from "../store-watch.ts";
import type { Connect } from "./connect.ts";

export class CardElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(css``);

  @property({ attribute: false }) connect!: Connect;
  @property({ attribute: false }) bookingId = "";
  protected readonly watch = new StoreWatch(this, () => this.connect?.store, () => [`card:${this.bookingId}`]);
  @query("convene-booking-card") private card!: BookingCardElement;

  /** Resolves once the card is drawn and can take the focus. */
  async settled(): Promise<void> {
    await this.updateComplete;
    await this.card.updateComplete;
  }

  override focus(): void {
    this.card.focus();
  }

  protected override render() {
    const { store } = this.connect;
    return html`<convene-booking-card
      .card=${store.cards.get(this.bookingId) ?? null}
      .viewer=${store.me?.sub ?? ""}
      .tzid=${store.me?.tzid ?? ""}
    ></convene-booking-card>`;
  }
}
define("connect-card", CardElement);
