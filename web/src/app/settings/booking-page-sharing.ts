/** The part of the booking page form for more than one meeting of two: seats of a group, and meetings that repeat. */
import { type TemplateResult, html } from "lit";
import { icon } from "../../internal/icons.ts";
import { numberField, selectField } from "./booking-page-fields.ts";
import type { BookingPage, PageFrequency } from "./booking-pages.types.ts";

type Page = Pick<BookingPage, "seats" | "shows_seats_left" | "recurrence">;

const DEFAULT_COUNT = 10;

export function sharingFields(page: Page | null, error: (name: string) => string | undefined): TemplateResult {
  return html`<details ?open=${page !== null && (page.seats !== null || page.recurrence !== null)}>
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
        ${selectField({
          name: "frequency",
          label: "Repeated",
          value: page?.recurrence?.frequency ?? "",
          choices: [
            ["", "Never"],
            ["weekly", "Every week"],
            ["biweekly", "Every two weeks"],
            ["monthly", "Every month"],
          ],
          hint: "Guests choose how often, and see all dates before they book. Not together with seats.",
          error: error("recurrence"),
        })}
        ${numberField({
          name: "max_count",
          label: "At most so many times",
          value: page?.recurrence?.max_count ?? DEFAULT_COUNT,
          min: 2,
          max: 26,
          error: error("recurrence.max_count"),
        })}
      </div>
    </fieldset>
  </details>`;
}

/** What these fields say, as `/api/booking-pages` takes it. */
export function sharing(text: (name: string) => string): Page {
  const seats = text("seats");
  const frequency = text("frequency") as PageFrequency | "";
  return {
    seats: seats === "" ? null : Number(seats),
    shows_seats_left: text("shows_seats_left") !== "no",
    recurrence: frequency === "" ? null : { frequency, max_count: Number(text("max_count")) },
  };
}
