/** `<target-calendar-dialog>`: which calendar meetings are written to, out of all that can be. Event: `target-chosen`. */
import { css, html, nothing } from "lit";
import { query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { button, field, notice } from "../../styles/shared.ts";
import type { ConnectedCalendar, Connection } from "../platform.ts";
import { page, parts } from "../ui/styles.ts";
import { title } from "./connection-words.ts";

interface Place {
  connection: Connection;
  calendar: ConnectedCalendar;
}

/** The calendars that can be written, in the order of the page. */
export function placesOf(connections: readonly Connection[]): Place[] {
  return connections
    .filter((connection) => connection.policy?.direction !== "in")
    .flatMap((connection) =>
      connection.calendars
        .filter((calendar) => calendar.is_writable)
        .map((calendar) => ({ connection, calendar })),
    );
}

export class TargetCalendarDialog extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    field,
    notice,
    parts,
    page,
    css`
      form {
        display: grid;
        gap: var(--cv-space-4);
      }
      .check input {
        inline-size: 1.25rem;
        block-size: 1.25rem;
      }
    `,
  );

  @state() private places: Place[] = [];
  @state() private chosen = "";
  @query("cv-dialog") private dialog!: DialogElement;

  show(connections: readonly Connection[]): void {
    this.places = placesOf(connections);
    // The nearest real calendar; Convene's own is always the last resort.
    const first = this.places.find(({ connection }) => connection.kind !== "builtin") ?? this.places[0];
    this.chosen = first?.calendar.calendar_id ?? "";
    this.dialog.show();
  }

  #choose(event: SubmitEvent): void {
    event.preventDefault();
    const place = this.places.find(({ calendar }) => calendar.calendar_id === this.chosen);
    this.dialog.close();
    if (place) this.emit("target-chosen", place);
  }

  protected override render() {
    return html`<cv-dialog size="small" heading="Where should meetings be written?">
      <form @submit=${this.#choose} novalidate>
        <fieldset>
          <legend>Calendars that can be written</legend>
          ${this.places.map(
            ({ connection, calendar }) =>
              html`<div>
                <label class="check">
                  <input
                    type="radio"
                    name="place"
                    value=${calendar.calendar_id}
                    .checked=${this.chosen === calendar.calendar_id}
                    @change=${() => (this.chosen = calendar.calendar_id)}
                  />
                  <span>${calendar.name} <span class="muted">${title(connection)}</span></span>
                </label>
              </div>`,
          )}
        </fieldset>
        ${this.places.length === 1 ? html`<p class="hint">Connect a calendar that can be written to have another choice.</p>` : nothing}
        <div class="actions">
          <button class="button primary" type="submit">Write meetings there</button>
          <button class="button" type="button" @click=${() => this.dialog.close()}>Not now</button>
        </div>
      </form>
    </cv-dialog>`;
  }
}
define("target-calendar-dialog", TargetCalendarDialog);
