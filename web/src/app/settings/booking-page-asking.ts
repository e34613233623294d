/**
 * `<booking-page-asking>`: whether hosts are asked before a booking counts, and whether guests can wait for taken times.
 * `value` is what was set up.
 */
import { css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { define } from "../../internal/element.ts";
import { fieldError } from "../ui/text-field.ts";
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
    .check + .hint {
      margin-block: calc(-1 * var(--cv-space-2)) 0;
    }
    .more {
      max-inline-size: 20rem;
    }
  `);

  @property({ attribute: false }) page: BookingPage | null = null;
  @property() askingError: string | undefined;
  @property() hoursError: string | undefined;
  @property() listError: string | undefined;
  @property() minutesError: string | undefined;
  @state() private isAsking = false;
  @state() private hasList = false;

  override connectedCallback(): void {
    super.connectedCallback();
    this.isAsking = this.page?.requires_confirmation ?? false;
    this.hasList = this.page?.has_waitlist ?? false;
  }

  /** The members of a page that are chosen here. */
  get value() {
    const typed = (name: string): Record<string, number> => {
      const text = this.renderRoot.querySelector<HTMLInputElement>(`#${name}`)?.value ?? "";
      return text === "" ? {} : { [name]: Number(text) };
    };
    return {
      requires_confirmation: this.isAsking,
      ...typed("confirmation_hours"),
      has_waitlist: this.hasList,
      ...typed("waitlist_minutes"),
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
      ${fieldError("requires_confirmation", this.askingError)}
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
        : nothing}
      <label class="check">
        <input
          type="checkbox"
          aria-describedby="list-hint"
          .checked=${this.hasList}
          @change=${(event: Event) => (this.hasList = (event.target as HTMLInputElement).checked)}
        />Keep a waitlist for taken times
      </label>
      <p class="hint" id="list-hint">A time that is free again is offered to whoever has waited longest.</p>
      ${fieldError("has_waitlist", this.listError)}
      ${this.hasList
        ? html`<div class="more">
            ${numberField({
              name: "waitlist_minutes",
              label: "Minutes to take it",
              value: this.page?.waitlist_minutes ?? 30,
              min: 5,
              max: 1440,
              hint: "Then it is offered to the next.",
              error: this.minutesError,
            })}
          </div>`
        : nothing}`;
  }
}
define("booking-page-asking", BookingPageAsking);
