/**
 * `<convene-dual-time start="2026-11-24T14:30:00Z" tzid="Europe/London" other-tzid="America/New_York" other-name="Ana">`
 * shows one instant on both clocks: "14:30 · 09:30 Ana", with "+1 day (Tue)" when the calendars differ.
 *
 * `with-day` puts the day before the time, `end` makes it a range. The second clock is left out when both agree.
 */
import { html, nothing } from "lit";
import { property } from "lit/decorators.js";
import { ConveneElement } from "../../internal/element.ts";
import { deviceZone, dualTime, formatDayOf, formatTimeRange } from "../../internal/time.ts";
import { styles } from "./dual-time.styles.ts";

export class DualTimeElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(styles);

  @property() start = "";
  @property() end = "";
  /** The viewer's zone; the device's when empty. */
  @property() tzid = "";
  @property({ attribute: "other-tzid" }) otherTzid = "";
  @property({ attribute: "other-name" }) otherName = "";
  @property({ type: Boolean, attribute: "with-day" }) withDay = false;

  protected override render() {
    if (!this.start) return nothing;
    const mine = this.tzid || deviceZone();
    const time = dualTime(this.start, {
      mine,
      theirs: this.otherTzid || null,
      name: this.otherName,
      locale: this.language,
      hourCycle: this.clock,
    });
    const shown = this.end ? formatTimeRange(this.start, this.end, mine, this.language, this.clock) : time.primary;
    const day = this.withDay ? `${formatDayOf(this.start, mine, this.language)}, ` : "";
    return html`<time datetime=${this.start}
      ><span aria-hidden="true" part="text"
        ><span class="mine">${day}${shown}</span>${time.secondary === null
          ? nothing
          : html`<span class="theirs"
              ><span class="dot"> · </span>${time.secondary} <bdi>${this.otherName}</bdi>${time.shiftText
                ? html` <span class="shift">${time.shiftText}</span>`
                : nothing}</span
            >`}</span
      ><span class="visually-hidden">${time.label}</span></time
    >`;
  }
}
