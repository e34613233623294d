/** What the pages of the settings have in common. */
import { type CSSResultGroup } from "lit";
import { property } from "lit/decorators.js";
import type { ApiClient } from "../../internal/api-client.ts";
import { ConveneElement } from "../../internal/element.ts";
import { formatDayOf, formatTime } from "../../internal/time.ts";
import { button, chip, field, notice, skeleton } from "../../styles/shared.ts";
import type { Session } from "../session.ts";
import { page, parts } from "../ui/styles.ts";

/** Tells the settings around a page what has happened: shown as a toast. */
export const SAID = "settings-said";

export class SettingsPageElement extends ConveneElement {
  static stylesOf(...styles: CSSResultGroup[]): CSSResultGroup {
    return ConveneElement.withStyles(button, chip, field, notice, skeleton, parts, page, ...styles);
  }

  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) session!: Session;

  get tzid(): string {
    return this.session.account?.tzid ?? "UTC";
  }

  /** "Fri 20 Nov, 14:30" on the viewer's clock. */
  protected at(instant: string): string {
    return `${formatDayOf(instant, this.tzid, this.language)}, ${formatTime(instant, this.tzid, this.language)}`;
  }

  /** "5 min ago" for the last day, then the day and time. */
  protected ago(instant: string): string {
    const minutes = Math.round((Date.now() - Date.parse(instant)) / 60_000);
    const words = new Intl.RelativeTimeFormat(this.language, { numeric: "auto", style: "short" });
    if (Math.abs(minutes) < 1) return "just now";
    if (Math.abs(minutes) < 60) return words.format(-minutes, "minute");
    if (Math.abs(minutes) < 24 * 60) return words.format(-Math.round(minutes / 60), "hour");
    return this.at(instant);
  }

  /** "in 2 min", "now" for the next hour, then the time, with its day if it is another one. */
  protected soon(instant: string): string {
    const minutes = Math.ceil((Date.parse(instant) - Date.now()) / 60_000);
    if (minutes <= 0) return "now";
    if (minutes < 60) return `in ${minutes} min`;
    const day = (at: string | number): string => formatDayOf(at, this.tzid, this.language);
    return day(instant) === day(Date.now()) ? `at ${formatTime(instant, this.tzid, this.language)}` : this.at(instant);
  }

  protected say(text: string, urgency: "polite" | "assertive" = "polite"): void {
    this.emit(SAID, { text, urgency });
  }
}
