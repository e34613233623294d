/**
 * `<cv-slot-list>`: the times of one day as a radio group with one tab stop. Arrows move without choosing, Space or a
 * press chooses, Enter chooses and asks (by `cv-slot` with `confirm: true`) to go on to the button that books.
 *
 * Each time shows both clocks when they differ, and in words what sets it apart: early, late, current, just taken.
 */
import { html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { ConveneElement } from "../../internal/element.ts";
import { rovingIndex } from "../../internal/keyboard.ts";
import { strings } from "../../internal/strings.ts";
import { dualTime, wallTime } from "../../internal/time.ts";
import type { Slot } from "../../internal/types.ts";
import { skeleton } from "../../styles/shared.ts";
import { styles } from "./slot-list.styles.ts";

export type SlotState = "free" | "taken" | "gone" | "current";

/** A word on a time, and the sentence that is read instead of it. */
export interface SlotNote {
  word: string;
  label: string;
}

export class SlotListElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(skeleton, styles);

  @property({ attribute: false }) slots: readonly Slot[] = [];
  @property({ attribute: false }) stateOf: (start: string) => SlotState = () => "free";
  @property({ attribute: false }) noteOf?: (slot: Slot) => SlotNote | null;
  /** `start` of the chosen slot. */
  @property() value = "";
  @property() label = "";
  @property() tzid = "UTC";
  @property({ attribute: "other-tzid" }) otherTzid = "";
  @property({ attribute: "other-name" }) otherName = "";
  /** The viewer's id: slots that name it in `outside_hours` say "early" or "late". */
  @property() viewer = "";
  /** Shows this many placeholders of the final size instead. */
  @property({ type: Number }) skeletons = 0;

  @state() private focused = "";

  /** Focuses the chosen time, else the first. */
  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>("[tabindex='0']")?.focus();
  }

  get #columns(): number {
    const group = this.renderRoot.querySelector(".slots");
    return group ? getComputedStyle(group).gridTemplateColumns.split(" ").length : 1;
  }

  #choose(slot: Slot, confirm: boolean): void {
    this.focused = slot.start;
    if (this.stateOf(slot.start) === "free") this.emit("cv-slot", { slot, confirm });
  }

  #onKeydown = (event: KeyboardEvent): void => {
    const current = this.slots.findIndex((slot) => slot.start === this.#tabStop);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      const slot = this.slots[current];
      if (slot) this.#choose(slot, event.key === "Enter");
      return;
    }
    const next = rovingIndex(event, current, this.slots.length, {
      direction: this.direction,
      columns: this.#columns,
      wrap: false,
    });
    const slot = next === null ? undefined : this.slots[next];
    if (!slot) return;
    event.preventDefault();
    this.focused = slot.start;
    void this.updateComplete.then(() => this.focus());
  };

  get #tabStop(): string {
    const has = (start: string): boolean => this.slots.some((slot) => slot.start === start);
    if (has(this.focused)) return this.focused;
    if (has(this.value)) return this.value;
    const first = this.slots.find((slot) => this.stateOf(slot.start) === "free") ?? this.slots[0];
    return first?.start ?? "";
  }

  protected override render() {
    if (this.skeletons > 0) {
      return html`<div class="slots pulse" aria-hidden="true">
        ${Array.from({ length: this.skeletons }, () => html`<span class="skeleton slot-size"></span>`)}
      </div>`;
    }
    return html`<div class="slots" role="radiogroup" aria-label=${this.label} @keydown=${this.#onKeydown}>
      ${repeat(
        this.slots,
        (slot) => slot.start,
        (slot) => this.#slot(slot),
      )}
    </div>`;
  }

  /** "early" or "late" when the slot is outside the viewer's own hours. */
  #outside(slot: Slot): "early" | "late" | null {
    if (!this.viewer || !slot.outside_hours?.includes(this.viewer)) return null;
    return wallTime(slot.start, this.tzid).hour < 12 ? "early" : "late";
  }

  #slot(slot: Slot) {
    const words = strings();
    const state = this.stateOf(slot.start);
    const outside = this.#outside(slot);
    const time = dualTime(slot.start, {
      mine: this.tzid,
      theirs: this.otherTzid || null,
      name: this.otherName,
      locale: this.language,
      hourCycle: this.clock,
      hideEqual: false,
    });
    const mark = { free: "", taken: words.justTaken, gone: words.gone, current: words.currentTime }[state];
    const word = mark || (outside ? words[outside] : "");
    const note = state === "free" ? this.noteOf?.(slot) : null;
    const said = [
      time.label,
      outside ? words[outside === "early" ? "earlyForYou" : "lateForYou"] : "",
      state === "current" ? words.currentTimeLabel : mark,
      note?.label,
    ];
    const checked = slot.start === this.value;
    return html`<button
      class="slot ${state} ${checked ? "checked" : ""}"
      part="slot"
      type="button"
      role="radio"
      aria-checked=${checked}
      aria-disabled=${state === "free" ? nothing : "true"}
      tabindex=${slot.start === this.#tabStop ? 0 : -1}
      @click=${() => this.#choose(slot, false)}
    >
      <span class="visually-hidden">${said.filter(Boolean).join(", ")}</span>
      <span class="mine" aria-hidden="true">${time.primary}</span>
      ${time.secondary === null ? nothing : html`<span class="theirs" aria-hidden="true">${time.secondary}</span>`}
      ${time.shiftText ? html`<span class="shift" aria-hidden="true">${time.shiftText}</span>` : nothing}
      ${note ? html`<span class="shift" aria-hidden="true">${note.word}</span>` : nothing}
      ${word ? html`<span class="word" aria-hidden="true">${word}</span>` : nothing}
    </button>`;
  }
}
