/**
 * `<cv-day-strip>`: the loaded days in a row as tabs, each with its number of times. One tab stop; arrows, Home and End
 * move and choose. `cv-day` carries `{day}`; `cv-more` asks for later days when the end is reached.
 */
import { html, nothing, type PropertyValues } from "lit";
import { property, query } from "lit/decorators.js";
import { ConveneElement } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { rovingIndex } from "../../internal/keyboard.ts";
import { strings } from "../../internal/strings.ts";
import { type DayKey, formatDay } from "../../internal/time.ts";
import { button } from "../../styles/shared.ts";
import { styles } from "./day-strip.styles.ts";

export class DayStripElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, styles);

  @property({ attribute: false }) days: readonly DayKey[] = [];
  @property({ attribute: false }) countOf: (day: DayKey) => number = () => 0;
  @property() value: DayKey = "";
  @property() today: DayKey = "";
  @property({ type: Boolean }) busy = false;

  @query(".strip") private strip!: HTMLElement;
  #focusAfterRender = false;

  #choose(day: DayKey | undefined): void {
    if (day && day !== this.value) this.emit("cv-day", { day });
  }

  #onKeydown = (event: KeyboardEvent): void => {
    const current = this.days.indexOf(this.value);
    const next = rovingIndex(event, current, this.days.length, { direction: this.direction, wrap: false });
    if (next === null) return;
    event.preventDefault();
    if (next === current && event.key !== "Home") {
      if (current === this.days.length - 1) this.emit("cv-more");
      return;
    }
    this.#focusAfterRender = true;
    this.#choose(this.days[next]);
  };

  #page(step: 1 | -1): void {
    const { clientWidth, scrollWidth } = this.strip;
    // In right-to-left pages scrollLeft counts down from zero; its size is the distance from the start either way.
    const sign = this.direction === "rtl" ? -1 : 1;
    const position = Math.abs(this.strip.scrollLeft);
    if (step > 0 && position + clientWidth * 1.5 >= scrollWidth) this.emit("cv-more");
    const smooth = matchMedia("(prefers-reduced-motion: no-preference)").matches;
    this.strip.scrollBy({ left: step * sign * clientWidth * 0.85, behavior: smooth ? "smooth" : "instant" });
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("value") && !changed.has("days")) return;
    const tab = this.renderRoot.querySelector<HTMLElement>("[aria-selected=true]");
    if (!tab) return;
    if (changed.has("value")) this.#reveal(tab);
    if (this.#focusAfterRender) tab.focus({ preventScroll: true });
    this.#focusAfterRender = false;
  }

  /** Scrolls the strip alone: `scrollIntoView` would also move the page around it. */
  #reveal(tab: HTMLElement): void {
    const box = this.strip.getBoundingClientRect();
    const own = tab.getBoundingClientRect();
    const overflow = own.left < box.left ? own.left - box.left : Math.max(0, own.right - box.right);
    if (overflow !== 0) this.strip.scrollBy({ left: overflow + Math.sign(overflow) * own.width, behavior: "instant" });
  }

  protected override render() {
    const words = strings();
    return html`
      <button class="button quiet icon-only small" type="button" aria-label=${words.earlierDays} @click=${() => this.#page(-1)}>
        ${icon("chevronLeft")}
      </button>
      <div class="strip" role="tablist" aria-label=${words.days} aria-busy=${this.busy} @keydown=${this.#onKeydown}>
        ${this.days.map((day, index) => this.#tab(day, index))}
      </div>
      <button class="button quiet icon-only small" type="button" aria-label=${words.laterDays} @click=${() => this.#page(1)}>
        ${icon("chevronRight")}
      </button>
    `;
  }

  #tab(day: DayKey, index: number) {
    const words = strings();
    const count = this.countOf(day);
    const selected = day === this.value;
    const isFirstOfMonth = index === 0 || day.endsWith("-01");
    const name = day === this.today ? `${words.today}, ` : "";
    return html`<button
      class="tab ${count === 0 ? "empty" : ""}"
      part="day"
      type="button"
      role="tab"
      id="day-${day}"
      aria-selected=${selected}
      aria-current=${day === this.today ? "date" : nothing}
      tabindex=${selected || (index === 0 && !this.days.includes(this.value)) ? 0 : -1}
      @click=${() => this.#choose(day)}
    >
      <span class="visually-hidden"
        >${words.dayLabel(name + formatDay(day, this.language, "long"), words.times(count))}</span
      >
      <span class="weekday" aria-hidden="true">${day === this.today ? words.today : formatDay(day, this.language, "weekday")}</span>
      <span class="number" aria-hidden="true"
        >${Number(day.slice(8))}${isFirstOfMonth ? html` <small>${formatDay(day, this.language, "monthShort")}</small>` : nothing}</span
      >
      <span class="count" aria-hidden="true">${words.timesShort(count)}</span>
    </button>`;
  }
}
