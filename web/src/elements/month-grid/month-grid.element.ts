/**
 * `<cv-month-grid>`: one month as a date grid (ARIA practices): arrows by day and week, Home and End in the week, Page
 * keys by month, with Shift by year. One tab stop. Days without times can be focused but not chosen.
 *
 * `cv-day` carries `{day}`; `cv-range` carries `{day}`, the last day of a month that was turned to and must be loaded.
 */
import { html, nothing, type PropertyValues } from "lit";
import { property, state } from "lit/decorators.js";
import { ConveneElement } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { localePreferences } from "../../internal/locale.ts";
import { strings } from "../../internal/strings.ts";
import { type DayKey, addDays, addMonths, formatDay, monthGrid, weekdayOf } from "../../internal/time.ts";
import { button } from "../../styles/shared.ts";
import { styles } from "./month-grid.styles.ts";

export class MonthGridElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, styles);

  @property() value: DayKey = "";
  @property() today: DayKey = "";
  /** The first day that is not known yet. */
  @property({ attribute: "loaded-to" }) loadedTo: DayKey = "";
  @property({ attribute: false }) countOf: (day: DayKey) => number = () => 0;

  /** The day that has the tab stop; its month is shown. */
  @state() private focused: DayKey = "";
  #moveFocus = false;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("value") && this.value) this.focused = this.value;
    this.focused ||= this.today;
  }

  protected override updated(): void {
    if (this.#moveFocus) this.renderRoot.querySelector<HTMLElement>("[tabindex='0'][data-day]")?.focus();
    this.#moveFocus = false;
  }

  #goTo(day: DayKey, moveFocus: boolean): void {
    this.focused = day < this.today ? this.today : day;
    this.#moveFocus = moveFocus;
    const last = addDays(addMonths(`${this.focused.slice(0, 7)}-01`, 1), -1);
    if (last >= this.loadedTo) this.emit("cv-range", { day: last });
  }

  #choose(day: DayKey): void {
    this.focused = day;
    if (this.countOf(day) > 0) this.emit("cv-day", { day });
    else this.announce(this.#label(day));
  }

  #onKeydown = (event: KeyboardEvent): void => {
    const target = this.#target(event);
    if (!target) return;
    event.preventDefault();
    this.#goTo(target, true);
  };

  #target(event: KeyboardEvent): DayKey | null {
    if (event.altKey || event.ctrlKey || event.metaKey) return null;
    const day = this.focused;
    const forward = this.direction === "rtl" ? -1 : 1;
    const inWeek = (weekdayOf(day) - localePreferences(this.language).firstDay + 7) % 7;
    switch (event.key) {
      case "ArrowRight":
        return addDays(day, forward);
      case "ArrowLeft":
        return addDays(day, -forward);
      case "ArrowDown":
        return addDays(day, 7);
      case "ArrowUp":
        return addDays(day, -7);
      case "Home":
        return addDays(day, -inWeek);
      case "End":
        return addDays(day, 6 - inWeek);
      case "PageDown":
        return addMonths(day, event.shiftKey ? 12 : 1);
      case "PageUp":
        return addMonths(day, event.shiftKey ? -12 : -1);
      default:
        return null;
    }
  }

  #label(day: DayKey): string {
    const words = strings();
    const state = day >= this.loadedTo ? words.notLoaded : words.times(this.countOf(day));
    return words.dayLabel(formatDay(day, this.language, "full"), state);
  }

  protected override render() {
    const words = strings();
    const weeks = monthGrid(this.focused, localePreferences(this.language).firstDay);
    const isFirst = this.focused.slice(0, 7) <= this.today.slice(0, 7);
    return html`
      <div class="bar">
        <button
          class="button quiet icon-only small"
          type="button"
          aria-label=${words.previousMonth}
          aria-disabled=${isFirst}
          @click=${() => !isFirst && this.#goTo(addMonths(this.focused, -1), false)}
        >
          ${icon("chevronLeft")}
        </button>
        <h3 id="month" aria-live="polite">${formatDay(this.focused, this.language, "month")}</h3>
        <button
          class="button quiet icon-only small"
          type="button"
          aria-label=${words.nextMonth}
          @click=${() => this.#goTo(addMonths(this.focused, 1), false)}
        >
          ${icon("chevronRight")}
        </button>
      </div>
      <table role="grid" aria-labelledby="month" @keydown=${this.#onKeydown}>
        <thead>
          <tr>
            ${weeks[0]?.map(
              (day) =>
                html`<th scope="col" abbr=${formatDay(day, this.language, "weekdayLong")}>${formatDay(day, this.language, "weekday")}</th>`,
            )}
          </tr>
        </thead>
        <tbody>
          ${weeks.map((week) => html`<tr>${week.map((day) => this.#cell(day))}</tr>`)}
        </tbody>
      </table>
      ${this.liveRegions()}
    `;
  }

  #cell(day: DayKey) {
    if (!day.startsWith(this.focused.slice(0, 7))) return html`<td></td>`;
    const known = day < this.loadedTo && day >= this.today;
    const count = known ? this.countOf(day) : 0;
    const look = !known ? "unknown" : count > 0 ? "free" : "full";
    const chosen = day === this.value;
    return html`<td aria-selected=${chosen}>
      <button
        class="day ${look} ${chosen ? "chosen" : ""}"
        type="button"
        data-day=${day}
        tabindex=${day === this.focused ? 0 : -1}
        aria-current=${day === this.today ? "date" : nothing}
        aria-disabled=${count === 0}
        @click=${() => this.#choose(day)}
      >
        <span class="visually-hidden">${this.#label(day)}</span>
        <span class="number" aria-hidden="true">${Number(day.slice(8))}</span>
        <span class="count" aria-hidden="true">${count > 0 ? count : nothing}</span>
      </button>
    </td>`;
  }
}
