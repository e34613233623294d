/** `<settings-rooms>`: the rooms of the organisation: what they are, when they can be booked. Administrators change them. */
import { css, html, nothing } from "lit";
import { query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import "../../elements/zone-select/zone-select.ts";
import { ApiError } from "../../internal/api-client.ts";
import { define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { zoneCity } from "../../internal/time.ts";
import type { AvailabilityRules } from "../../internal/types.ts";
import { seatsOf } from "../booking/rooms.ts";
import type { Room } from "../platform.ts";
import "../ui/confirm.ts";
import type { ConfirmDialog } from "../ui/confirm.ts";
import { Fetched } from "../ui/fetched.ts";
import { appIcon } from "../ui/icons.ts";
import { empty, failure, reason, skeletons } from "../ui/parts.ts";
import { fieldError, focusFirstInvalid, formValues, submitButton, textField } from "../ui/text-field.ts";
import { SettingsPageElement } from "./page.ts";

export class SettingsRooms extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    form {
      display: grid;
      gap: var(--cv-space-4);
    }
    .row-line {
      flex-wrap: wrap;
    }
    .row-line .grow {
      flex-basis: 14rem;
      overflow-wrap: anywhere;
    }
    .actions {
      display: flex;
      flex-wrap: wrap;
      gap: var(--cv-space-2);
    }
  `);

  readonly #rooms = new Fetched(this, () => this.api.get<{ resources: Room[] }>("/api/resources"));
  /** In the form: one that is changed, or none for a new one. */
  @state() private edited: Room | null = null;
  @state() private zone = "";
  @state() private busy = false;
  @state() private problem: unknown = null;
  @state() private errors: Readonly<Record<string, string>> = {};
  /** The room whose hours are shown in place of the list. */
  @state() private open: Room | null = null;
  @state() private hours: AvailabilityRules | null = null;
  @query("#edit") private dialog!: DialogElement;
  @query("confirm-dialog") private confirm!: ConfirmDialog;

  get #mayChange(): boolean {
    return this.session.can("organization:manage");
  }

  #edit(room: Room | null): void {
    this.edited = room;
    this.zone = room?.tzid ?? this.tzid;
    this.#forget();
    this.dialog.show();
  }

  #forget(): void {
    this.problem = null;
    this.errors = {};
  }

  #failed(error: unknown): void {
    if (error instanceof ApiError && Object.keys(error.fields).length > 0) this.errors = error.fields;
    else this.problem = error;
  }

  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    const { name = "", email = "", seats = "", place = "", equipment = "" } = formValues(event.target as HTMLFormElement);
    const body = {
      name: name.trim(),
      email: email.trim(),
      tzid: this.zone,
      // What is no number goes as it is: the answer says what is wrong with it.
      seats: seats.trim() === "" ? null : /^\d+$/u.test(seats.trim()) ? Number(seats) : seats,
      place: place.trim(),
      equipment: equipment.split(",").map((one) => one.trim()).filter(Boolean),
    };
    this.busy = true;
    this.#forget();
    try {
      if (this.edited === null) await this.api.post("/api/resources", body);
      else await this.api.patch(pathOf(this.edited), body);
      this.dialog.close();
      this.say(this.edited === null ? `${body.name} can be booked now.` : `${body.name} was changed.`);
      void this.#rooms.reload();
    } catch (error) {
      this.#failed(error);
      void this.updateComplete.then(() => focusFirstInvalid(this.renderRoot));
    } finally {
      this.busy = false;
    }
  }

  async #retire(room: Room): Promise<void> {
    const isSure = await this.confirm.ask({
      heading: `Retire ${room.name}?`,
      text: "It can no longer be booked. Meetings that are in it already stay there.",
      action: "Retire",
    });
    if (!isSure) return;
    try {
      await this.api.delete(pathOf(room));
      this.say(`${room.name} was retired.`);
    } catch (error) {
      this.say(`${room.name} is still there. ${reason(error)}`, "assertive");
    }
    void this.#rooms.reload();
  }

  // ---- hours ----

  async #openHours(room: Room): Promise<void> {
    this.open = room;
    this.hours = null;
    this.#forget();
    try {
      const [hours] = await Promise.all([
        this.api.get<AvailabilityRules>(`${pathOf(room)}/availability-rules`),
        import("../../elements/availability-editor/availability-editor.ts"),
      ]);
      if (this.open !== room) return;
      this.hours = hours;
      await this.updateComplete;
      this.renderRoot.querySelector<HTMLElement>("h2")?.focus();
    } catch (error) {
      this.problem = error;
    }
  }

  async #saveHours(room: Room, rules: AvailabilityRules): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.#forget();
    try {
      this.hours = await this.api.put<AvailabilityRules>(`${pathOf(room)}/availability-rules`, rules);
      this.say(`The hours of ${room.name} were saved.`);
    } catch (error) {
      this.#failed(error);
      this.problem = error;
    } finally {
      this.busy = false;
    }
  }

  async #closeHours(room: Room): Promise<void> {
    this.open = null;
    this.#forget();
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(`#hours-${room.sub}`)?.focus();
  }

  // ---- what is drawn ----

  protected override render() {
    if (this.open !== null) return this.#hoursOf(this.open);
    return html`
      <section class="panel">
        <div class="panel-head">
          <p class="lead">Rooms are booked with a meeting, under “Add title, note, video”. The smallest one that fits is proposed first.</p>
          ${this.#mayChange
            ? html`<button class="button primary" type="button" @click=${() => this.#edit(null)}>${icon("plus")}Add a room</button>`
            : nothing}
        </div>
        ${this.#rooms.render("Rooms", ({ resources }) =>
          resources.length === 0
            ? empty(
                appIcon("door"),
                "No rooms yet",
                this.#mayChange ? "Add one, and it can be booked with any meeting." : "Administrators add them.",
              )
            : html`<ul class="rows">
                ${resources.map((room) => this.#row(room))}
              </ul>`,
        )}
      </section>
      <cv-dialog id="edit" .heading=${this.edited === null ? "Add a room" : `Change ${this.edited.name}`}>${this.#form()}</cv-dialog>
      <confirm-dialog></confirm-dialog>
    `;
  }

  #row(room: Room) {
    const city = zoneCity(room.tzid);
    const facts = [seatsOf(room), room.place, ...room.equipment, room.place.includes(city) ? "" : city].filter(Boolean);
    return html`<li class="row-line">
      <div class="grow">
        <p class="name">${room.name}</p>
        <p class="small muted">${facts.join(" · ")}</p>
      </div>
      ${this.#mayChange
        ? html`<div class="actions">
            <button class="button small" type="button" aria-label="Change ${room.name}" @click=${() => this.#edit(room)}>Change</button>
            <button
              class="button small"
              type="button"
              id="hours-${room.sub}"
              aria-label="Hours of ${room.name}"
              @click=${() => void this.#openHours(room)}
            >
              Hours
            </button>
            <button class="button small" type="button" aria-label="Retire ${room.name}" @click=${() => void this.#retire(room)}>Retire</button>
          </div>`
        : nothing}
    </li>`;
  }

  #form() {
    const room = this.edited;
    return html`<form @submit=${this.#save} novalidate>
      ${this.problem === null ? nothing : failure("Nothing was saved.", this.problem)}
      ${textField({ name: "name", label: "Name", value: room?.name ?? "", required: true, error: this.errors["name"] })}
      ${textField({
        name: "email",
        label: "E-mail",
        type: "email",
        value: room?.email ?? "",
        required: true,
        hint: "The address by which calendars know the room.",
        error: this.errors["email"],
      })}
      ${textField({
        name: "seats",
        label: "Seats",
        value: room?.seats === null || room === null ? "" : String(room.seats),
        hint: "Leave it empty if it is not known.",
        error: this.errors["seats"],
      })}
      ${textField({ name: "place", label: "Place", value: room?.place ?? "", placeholder: "2nd floor", error: this.errors["place"] })}
      ${textField({
        name: "equipment",
        label: "Equipment",
        value: room?.equipment.join(", ") ?? "",
        hint: "With commas between, such as: screen, whiteboard.",
        error: this.errors["equipment"],
      })}
      <div class="field">
        <cv-zone-select
          label="Time zone"
          .value=${this.zone}
          @cv-change=${(event: CustomEvent<{ tzid: string }>) => (this.zone = event.detail.tzid)}
        ></cv-zone-select>
        ${fieldError("tzid", this.errors["tzid"])}
      </div>
      ${submitButton(room === null ? "Add the room" : "Save", this.busy)}
    </form>`;
  }

  #hoursOf(room: Room) {
    return html`<section class="panel">
      <div class="panel-head">
        <h2 tabindex="-1">Hours of ${room.name}</h2>
        <button class="button small" type="button" @click=${() => void this.#closeHours(room)}>${appIcon("arrowLeft")}All rooms</button>
      </div>
      ${this.hours !== null
        ? html`<convene-availability-editor
            .rules=${this.hours}
            .saving=${this.busy}
            .problem=${this.problem === null ? "" : reason(this.problem)}
            .fields=${this.errors}
            @convene-save=${(event: CustomEvent<{ rules: AvailabilityRules }>) => void this.#saveHours(room, event.detail.rules)}
          ></convene-availability-editor>`
        : this.problem !== null
          ? failure("The hours could not be read.", this.problem, () => void this.#openHours(room))
          : skeletons(3, "panel", "Loading the hours")}
    </section>`;
  }
}

const pathOf = (room: Room): string => `/api/resources/${encodeURIComponent(room.sub)}`;

define("settings-rooms", SettingsRooms);
