/**
 * `<booking-people>`: who is met, where several are: a line that says it, and behind [Change] a row per person with
 * "Must come", how many of the others are enough, and a field to add somebody.
 */
import { css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import type { Group, Person } from "../../internal/people.ts";
import type { AvailabilityParticipant } from "../../internal/types.ts";
import { button, field } from "../../styles/shared.ts";
import { type Party, partyText, withMust, withNeeded, withoutPerson } from "./group.ts";

/** How many one question about times may be about, without the one who asks. */
const MOST_PEOPLE = 49;

/** Whoever is not known about counts as missing; it is said why. */
const NOT_KNOWN: Record<string, string> = {
  not_shared: "Does not share free time",
  unknown: "Calendar cannot be checked now",
};

export class BookingPeopleElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    field,
    css`
      :host {
        font-size: var(--cv-text-sm);
      }
      .line {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: var(--cv-space-2);
        padding-inline-start: var(--cv-space-3);
      }
      .panel {
        display: grid;
        gap: var(--cv-space-2);
        margin-block-start: var(--cv-space-2);
        padding: var(--cv-space-3);
        border: 1px solid var(--cv-line);
        border-radius: var(--cv-radius);
      }
      .enough {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--cv-space-2);
      }
      .enough select {
        inline-size: auto;
        font-size: inherit;
        min-block-size: var(--cv-target-small);
        padding-block: 0;
      }
      ul {
        max-block-size: 13rem;
        margin-inline: calc(-1 * var(--cv-space-1));
        padding-inline: var(--cv-space-1);
        overflow-y: auto;
      }
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto auto;
        align-items: center;
        gap: 0 var(--cv-space-2);
        padding-block: var(--cv-space-1);
      }
      li + li {
        border-block-start: 1px solid var(--cv-line);
      }
      bdi {
        font-weight: 550;
      }
      .check {
        white-space: nowrap;
      }
    `,
  );

  @property({ attribute: false }) me!: Person;
  @property({ attribute: false }) people: readonly Person[] = [];
  @property({ attribute: false }) group: Group | null = null;
  /** Who can be added. */
  @property({ attribute: false }) candidates: readonly Person[] = [];
  /** What the answer about times says of them. */
  @property({ attribute: false }) known: readonly AvailabilityParticipant[] = [];
  @property({ attribute: false }) change: (people: readonly Person[], group: Group | null) => void = () => undefined;
  @state() private isOpen = false;

  get #party(): Party {
    return { people: this.people, group: this.group };
  }

  get #everybody(): readonly Person[] {
    const collator = new Intl.Collator(this.language);
    return [...this.people, ...(this.group?.people ?? [])].sort((a, b) => collator.compare(a.name, b.name));
  }

  #become(party: Party | null): void {
    if (!party) return;
    this.announce(partyText(party));
    this.change(party.people, party.group);
  }

  protected override render() {
    return html`
      <div class="line">
        <p><span class="visually-hidden">Who comes: </span>${partyText(this.#party)}</p>
        <button
          class="button quiet small"
          type="button"
          aria-expanded=${this.isOpen}
          @click=${() => (this.isOpen = !this.isOpen)}
        >
          ${this.isOpen ? "Done" : html`Change<span class="visually-hidden">&nbsp;who comes</span>`}
        </button>
      </div>
      ${this.isOpen ? this.#panel() : nothing} ${this.liveRegions()}
    `;
  }

  #panel() {
    const everybody = this.#everybody;
    return html`<div class="panel" role="group" aria-label="People">
      ${this.group ? this.#enough(this.group) : nothing}
      <ul>
        ${everybody.map((person) => this.#row(person, everybody.length > 1))}
      </ul>
      ${everybody.length < MOST_PEOPLE ? this.#add() : nothing}
    </div>`;
  }

  #enough(group: Group) {
    return html`<div class="enough">
      <label for="needed">Of those who need not all come, enough are</label>
      <select
        id="needed"
        class="input"
        @change=${(event: Event) => this.#become(withNeeded(this.#party, Number((event.target as HTMLSelectElement).value)))}
      >
        ${group.people.map(
          (_, index) =>
            html`<option value=${index + 1} ?selected=${index + 1 === group.needed}>any ${index + 1} of ${group.people.length}</option>`,
        )}
      </select>
    </div>`;
  }

  #row(person: Person, isRemovable: boolean) {
    const state = this.known.find(({ sub }) => sub === person.sub)?.state ?? "ok";
    return html`<li>
      <span class="name"><bdi>${person.name}</bdi>${NOT_KNOWN[state] ? html`<br /><span class="muted">${NOT_KNOWN[state]}</span>` : nothing}</span>
      <label class="check">
        <input
          type="checkbox"
          aria-label="${person.name} must come"
          .checked=${this.people.includes(person)}
          @change=${(event: Event) => this.#become(withMust(this.#party, person, (event.target as HTMLInputElement).checked))}
        />Must come
      </label>
      <button
        class="button quiet icon-only small"
        type="button"
        aria-label="Leave out ${person.name}"
        ?disabled=${!isRemovable}
        @click=${() => this.#become(withoutPerson(this.#party, person))}
      >
        ${icon("close")}
      </button>
    </li>`;
  }

  #add() {
    const here = new Set([this.me.sub, ...this.#everybody.map((person) => person.sub)]);
    const free = this.candidates.filter((person) => !here.has(person.sub));
    if (free.length === 0) return nothing;
    const add = (event: Event): void => {
      const input = event.target as HTMLInputElement;
      const wanted = input.value.trim().toLowerCase();
      const found = free.find((person) => person.name.toLowerCase() === wanted);
      if (!found) return;
      input.value = "";
      this.#become(withMust(this.#party, found, true));
    };
    return html`<input
        class="input"
        list="candidates"
        autocomplete="off"
        aria-label="Add a person"
        placeholder="Add a person"
        @input=${add}
      /><datalist id="candidates">${free.map((person) => html`<option value=${person.name}></option>`)}</datalist>`;
  }
}

define("booking-people", BookingPeopleElement);

declare global {
  interface HTMLElementTagNameMap {
    "booking-people": BookingPeopleElement;
  }
}
