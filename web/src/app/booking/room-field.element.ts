/**
 * `<booking-room-field>`: the room of a meeting. Free rooms with seats enough come first; which are free is asked once
 * the field is unfolded, and again when another time is chosen. Nothing where the organisation has no rooms.
 */
import { type PropertyValues, type TemplateResult, css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { type ApiError, toApiError } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { button, field, notice } from "../../styles/shared.ts";
import type { Room } from "../platform.ts";
import { type ReadRooms, groupRooms, roomLabel } from "./rooms.ts";

export class RoomFieldElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    field,
    notice,
    css`
      :host {
        display: block;
      }
    `,
  );

  @property({ attribute: false }) read!: ReadRooms;
  /** The chosen time; empty while there is none. */
  @property() start = "";
  @property({ type: Number }) durationMinutes = 30;
  @property({ type: Number }) people = 2;
  @property() value = "";
  /** A room has just turned out to be taken: what is shown is old. */
  @property({ type: Boolean }) old = false;
  @property({ attribute: false }) change: (sub: string) => void = () => undefined;

  @state() private rooms: readonly Room[] | null = null;
  @state() private error: ApiError | null = null;
  @state() private isSeen = false;
  #generation = 0;
  /** Folded away it has no size. */
  readonly #seen = new ResizeObserver((entries) => {
    if (entries.some((entry) => entry.contentRect.height > 0)) this.isSeen = true;
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.#seen.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#seen.disconnect();
    this.#generation += 1;
  }

  protected override willUpdate(changed: PropertyValues): void {
    const asksAnew = ["isSeen", "start", "durationMinutes", "read", "old"].some((name) => changed.has(name));
    if (this.isSeen && asksAnew) void this.#load();
  }

  protected override updated(): void {
    // Once somebody has chosen, attributes of the options no longer tell which one is.
    const select = this.renderRoot.querySelector("select");
    if (select && select.value !== this.value) select.value = this.value;
  }

  async #load(): Promise<void> {
    const generation = ++this.#generation;
    this.error = null;
    try {
      const rooms = await this.read(this.start ? { start: this.start, durationMinutes: this.durationMinutes } : null);
      if (generation === this.#generation) this.rooms = rooms;
    } catch (error) {
      if (generation === this.#generation) this.error = toApiError(error);
    }
  }

  protected override render() {
    if (this.error !== null) return this.#failed(this.error);
    if (this.rooms === null) return html`<p class="hint">Looking for rooms…</p>`;
    if (this.rooms.length === 0) return nothing;
    const { fitting, others, taken } = groupRooms(this.rooms, this.people);
    const chosen = this.rooms.find((room) => room.sub === this.value);
    const isTaken = chosen?.is_free === false;
    return html`<div class="field">
      <label for="room">Room <span class="muted">(optional)</span></label>
      <select
        id="room"
        class="input"
        aria-describedby="room-hint"
        @change=${(event: Event) => this.change((event.target as HTMLSelectElement).value)}
      >
        <option value="">No room</option>
        ${this.#group(this.start ? "Free and big enough" : "Big enough", fitting)}
        ${this.#group(this.start ? "Free, perhaps too small" : "Perhaps too small", others)} ${this.#group("Not free then", taken)}
      </select>
      <p class="hint" id="room-hint">${this.#hint(fitting)}</p>
      ${isTaken
        ? html`<div class="notice warning" role="status">
            ${icon("warning")}<span class="notice-text">${chosen.name} is not free then. Choose another room, or another time.</span>
          </div>`
        : nothing}
    </div>`;
  }

  #hint(fitting: readonly Room[]): string {
    if (!this.start) return "Choose a time to see which rooms are free.";
    if (fitting.length === 0) return `No room with ${this.people} seats is free then.`;
    return fitting.length === 1 ? "1 room is free and big enough." : `${fitting.length} rooms are free and big enough.`;
  }

  #group(label: string, rooms: readonly Room[]): TemplateResult | typeof nothing {
    if (rooms.length === 0) return nothing;
    return html`<optgroup label=${label}>
      ${rooms.map(
        (room) => html`<option
          value=${room.sub}
          ?disabled=${room.is_free === false && room.sub !== this.value}
        >
          ${roomLabel(room)}
        </option>`,
      )}
    </optgroup>`;
  }

  #failed(error: ApiError): TemplateResult {
    return html`<div class="notice danger">
      ${icon("warning")}<span class="notice-text">The rooms could not be read. ${error.detail}</span>
      <button class="button small" type="button" @click=${() => void this.#load()}>Try again</button>
    </div>`;
  }
}

define("booking-room-field", RoomFieldElement);

declare global {
  interface HTMLElementTagNameMap {
    "booking-room-field": RoomFieldElement;
  }
}
