/** The part of the booking page form that says how a time is shared: seats for a group. */
import { type TemplateResult, html } from "lit";
import { icon } from "../../internal/icons.ts";
import { numberField, selectField } from "./booking-page-fields.ts";
import type { BookingPage } from "./booking-pages.types.ts";

type Page = Pick<BookingPage, "seats" | "shows_seats_left">;

export function sharingFields(page: Page | null, error: (name: string) => string | undefined): TemplateResult {
  return html`<details ?open=${page !== null && page.seats !== null}>
    <summary>${icon("chevronRight")}Groups and series</summary>
    <fieldset>
      <div class="pair">
        ${numberField({
          name: "seats",
          label: "Seats",
          value: page?.seats ?? null,
          min: 1,
          max: 500,
          placeholder: "A meeting for each guest",
          hint: "With seats, guests share a meeting until all are taken. They never see each other.",
          error: error("seats"),
        })}
        ${selectField({
          name: "shows_seats_left",
          label: "Seats left",
          value: page?.shows_seats_left === false ? "no" : "yes",
          choices: [
            ["yes", "Shown to guests"],
            ["no", "Not shown"],
          ],
        })}
      </div>
    </fieldset>
  </details>`;
}

/** What these fields say, as `/api/booking-pages` takes it. */
export function sharing(text: (name: string) => string): Page {
  const seats = text("seats");
  return { seats: seats === "" ? null : Number(seats), shows_seats_left: text("shows_seats_left") !== "no" };
}
