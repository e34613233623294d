/** `<booking-page-asking>`: whether hosts are asked before a booking counts. `value` is what was set up. */
import { css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { define } from "../../internal/element.ts";
import { numberField } from "./booking-page-fields.ts";
import type { BookingPage } from "./booking-pages.types.ts";
import { SettingsPageElement } from "./page.ts";

export class BookingPageAsking extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    :host {
      display: grid;
      gap: var(--cv-space-3);
    }
    .check {
      justify-self: start;
    }
    .input,
    .check input {
      scroll-margin-block-end: 6rem;
    }
    .hint {
      margin-block: calc(-1 * var(--cv-space-2)) 0;
    }
    .more {
      max-inline-size: 20rem;
    }
  `);

  @property({ attribute: false }) page: BookingPage | null = null;
  @property() hoursError: string | undefined;
  @state() private isAsking = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.isAsking = this.page?.requires_confirmation ?? false;
  }

  /** The members of a page that are chosen here. */
  get value() {
    const hours = this.renderRoot.querySelector<HTMLInputElement>("#confirmation_hours")?.value ?? "";
    return {
      requires_confirmation: this.isAsking,
      ...(hours === "" ? {} : { confirmation_hours: Number(hours) }),
    };
  }

  protected override render() {
    return html`<label class="check">
        <input
          type="checkbox"
          aria-describedby="asking-hint"
          .checked=${this.isAsking}
          @change=${(event: Event) => (this.isAsking = (event.target as HTMLInputElement).checked)}
        />Ask the hosts first
      </label>
      <p class="hint" id="asking-hint">The time is held; a host accepts or declines each booking.</p>
      ${this.isAsking
        ? html`<div class="more">
            ${numberField({
              name: "confirmation_hours",
              label: "Hours to answer",
              value: this.page?.confirmation_hours ?? 48,
              min: 1,
              max: 720,
              hint: "Unanswered, a request comes to nothing.",
              error: this.hoursError,
            })}
          </div>`
        : nothing}`;
  }
}
define("booking-page-asking", BookingPageAsking);
