/** The booking modal's people: who is met, adding one more by name, taking one away. */
import { type TemplateResult, html, nothing } from "lit";
import type { BookingSession } from "../../controllers/booking-session.ts";
import { icon } from "../../internal/icons.ts";
import { strings } from "../../internal/strings.ts";
import type { BookingModalElement } from "./booking-modal.element.ts";

/** More than this and one strip of days stops being readable. */
const MAX_PEOPLE = 8;

export function people(modal: BookingModalElement, session: BookingSession): TemplateResult | typeof nothing {
  const words = strings();
  const met = session.participants;
  const free = modal.candidates.filter(
    (person) => person.sub !== session.me.sub && !met.some((other) => other.sub === person.sub),
  );
  if (session.isMove || (met.length < 2 && free.length === 0)) return nothing;
  const add = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const wanted = input.value.trim().toLowerCase();
    const found = free.find((person) => person.name.toLowerCase() === wanted);
    if (!found) return;
    input.value = "";
    modal.setPeople([...met, found]);
  };
  return html`<div class="people" role="group" aria-label=${words.people}>
    ${met.length > 1
      ? met.map(
          (person) => html`<span class="person"
            ><bdi>${person.name}</bdi
            ><button
              class="button quiet icon-only small"
              type="button"
              aria-label=${words.removePerson(person.name)}
              @click=${() => modal.setPeople(met.filter((other) => other !== person))}
            >
              ${icon("close")}
            </button></span
          >`,
        )
      : nothing}
    ${free.length > 0 && met.length < MAX_PEOPLE
      ? html`<input
            class="input add-person"
            list="candidates"
            autocomplete="off"
            aria-label=${words.addPerson}
            placeholder=${words.addPerson}
            @input=${add}
            @keydown=${(event: KeyboardEvent) => {
              if (event.key === "Enter") add(event);
            }}
          /><datalist id="candidates">${free.map((person) => html`<option value=${person.name}></option>`)}</datalist>`
      : nothing}
  </div>`;
}
