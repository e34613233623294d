/** The habits of a locale: first weekday, weekend, clock, writing direction; asked of Intl once each. */

export interface LocalePreferences {
  /** 1 (Monday) to 7 (Sunday). */
  firstDay: number;
  weekend: readonly number[];
  hourCycle: "h12" | "h23";
  direction: "ltr" | "rtl";
}

interface LocaleInfo {
  getWeekInfo?(): { firstDay: number; weekend: number[] };
  weekInfo?: { firstDay: number; weekend: number[] };
  getTextInfo?(): { direction: string };
  textInfo?: { direction: string };
}

const preferences = new Map<string, LocalePreferences>();

/** First weekday, weekend, clock and direction of a locale. Browsers without week data get Monday and Sat–Sun. */
export function localePreferences(locale: string): LocalePreferences {
  const known = preferences.get(locale);
  if (known) return known;
  const info = new Intl.Locale(locale) as Intl.Locale & LocaleInfo;
  const week = info.getWeekInfo?.() ?? info.weekInfo ?? { firstDay: 1, weekend: [6, 7] };
  const text = info.getTextInfo?.() ?? info.textInfo ?? { direction: /^(ar|fa|he|ur)\b/.test(locale) ? "rtl" : "ltr" };
  const cycle = new Intl.DateTimeFormat(locale, { hour: "numeric" }).resolvedOptions().hourCycle;
  const found: LocalePreferences = {
    firstDay: week.firstDay,
    weekend: week.weekend,
    hourCycle: cycle === "h11" || cycle === "h12" ? "h12" : "h23",
    direction: text.direction === "rtl" ? "rtl" : "ltr",
  };
  preferences.set(locale, found);
  return found;
}
