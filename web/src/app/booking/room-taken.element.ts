/** `<booking-room-taken>`: everybody is free and the room is not: another room, no room, or another time. */
import { type PropertyValues, css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import type { ApiError } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import type { Slot } from "../../internal/types.ts";
import { button, notice } from "../../styles/shared.ts";
import type { Room } from "../platform.ts";
import type { ReadRooms } from "./rooms.ts";

export class RoomTakenElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    notice,
    css`
      :host {
        display: block;
      }
      .ways {
        display: flex;
        flex: 1 0 100%;
        flex-wrap: wrap;
        gap: var(--cv-space-2);
      }
    `,
  );

  @property({ attribute: false }) error!: ApiError;
  @property({ attribute: false }) read!: ReadRooms;
  /** "Tue 24 Nov, 14:30". */
  @property({ attribute: false }) when: (start: string) => string = String;
  @property({ attribute: false }) useRooms: (subs: readonly string[]) => void = () => undefined;
  @property({ attribute: false }) choose: (slot: Slot) => void = () => undefined;

  /** Their names; until they are known, rooms are spoken of without. */
  @state() private names: ReadonlyMap<string, string> = new Map();

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("read")) {
      this.read(null).then(
        (rooms: readonly Room[]) => (this.names = new Map(rooms.map((room) => [room.sub, room.name]))),
        // The ways out work without names too.
        () => undefined,
      );
    }
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("error")) this.renderRoot.querySelector<HTMLElement>("button")?.focus();
  }

  #named(subs: readonly string[], otherwise: string): string {
    const names = subs.flatMap((sub) => this.names.get(sub) ?? []);
    return names.length === subs.length ? names.join(", ") : otherwise;
  }

  protected override render() {
    const { problem } = this.error;
    const blocked = (problem["blocked_by"] as { sub: string }[]).map(({ sub }) => sub);
    const offered = (problem["alternatives"] ?? []) as (Slot & { resources?: string[] })[];
    const others = offered.find((slot) => slot.resources?.length)?.resources;
    const times = offered.filter((slot) => !slot.resources).slice(0, 3);
    return html`<div class="notice danger">
      ${icon("warning")}<span class="notice-text">${this.#named(blocked, "The room")} is not free then. Everybody else is.</span>
      <div class="ways" role="group" aria-label="Ways to book all the same">
        ${others
          ? html`<button class="button small" type="button" @click=${() => this.useRooms(others)}>
              Take ${this.#named(others, "another room")}
            </button>`
          : nothing}
        <button class="button small" type="button" @click=${() => this.useRooms([])}>Without a room</button>
        ${times.map(
          (slot) => html`<button class="button small" type="button" @click=${() => this.choose(slot)}>${this.when(slot.start)}</button>`,
        )}
      </div>
    </div>`;
  }
}

define("booking-room-taken", RoomTakenElement);

declare global {
  interface HTMLElementTagNameMap {
    "booking-room-taken": RoomTakenElement;
  }
}
