/**
 * Zones beyond one clock: the searchable list, recent choices, and what a change of clocks means for two people.
 * The server sends each zone's transitions for the range it answered; without them they are found through Intl.
 */
import { strings } from "./strings.ts";
import {
  DAY,
  type Instant,
  MINUTE,
  deviceZone,
  formatDay,
  dayKey,
  formatOffset,
  offsetMinutes,
  toMillis,
  zoneCity,
} from "./time.ts";

export interface ZoneTransition {
  at: string;
  offset_minutes: number;
}

/** A zone as `/api/availability` describes it: the offset at the range's start, then each change inside. */
export interface ZoneRules {
  tzid: string;
  offset_minutes: number;
  transitions: ZoneTransition[];
}

/** The changes of clocks in `[from, to)`, found by halving; for ranges the server did not describe. */
export function findTransitions(tzid: string, from: Instant, to: Instant): ZoneTransition[] {
  const found: ZoneTransition[] = [];
  const end = toMillis(to);
  let before = toMillis(from);
  let offset = offsetMinutes(before, tzid);
  while (before < end) {
    const after = Math.min(before + 7 * DAY, end);
    const next = offsetMinutes(after, tzid);
    if (next !== offset) {
      const at = changeBetween(tzid, before, after, offset);
      offset = offsetMinutes(at, tzid);
      found.push({ at: new Date(at).toISOString(), offset_minutes: offset });
      before = at;
    } else {
      before = after;
    }
  }
  return found;
}

function changeBetween(tzid: string, before: number, after: number, offset: number): number {
  let low = before;
  let high = after;
  while (high - low > MINUTE) {
    const middle = Math.floor((low + high) / 2 / MINUTE) * MINUTE;
    if (offsetMinutes(middle, tzid) === offset) low = Math.max(middle, low + MINUTE);
    else high = middle;
  }
  return offsetMinutes(low, tzid) === offset ? high : low;
}

export interface DstNoticeOptions {
  mine: string;
  theirs: string;
  /** The other person's short name. */
  name: string;
  /** Now; the notice speaks of changes between now and the end of what is shown. */
  from: Instant;
  to: Instant;
  locale: string;
  /** The server's description of the zones, used instead of searching when it covers them. */
  zones?: readonly ZoneRules[];
}

/**
 * "Clocks change in New York on 14 March. From then Ana is 4 h behind you, not 5 h." or "" when nothing changes.
 * When both zones move on the same day the first sentence is enough.
 */
export function dstNotice(options: DstNoticeOptions): string {
  const { mine, theirs, name, from, to, locale } = options;
  const changes = [mine, theirs]
    .filter((tzid, index, all) => all.indexOf(tzid) === index)
    .flatMap((tzid) => transitionsOf(tzid, options).map((change) => ({ tzid, at: toMillis(change.at) })))
    .filter((change) => change.at > toMillis(from) && change.at < toMillis(to))
    .sort((a, b) => a.at - b.at);
  const words = strings();
  return changes
    .filter((change, index) => changes.findIndex((other) => sameDay(other, change)) === index)
    .map((change) => {
      const together = changes.filter((other) => sameDay(other, change));
      const place = words.names(together.map((other) => zoneCity(other.tzid)));
      const day = formatDay(dayKey(change.at, change.tzid), locale, "dayMonth");
      const first = Math.min(...together.map((other) => other.at));
      const last = Math.max(...together.map((other) => other.at));
      const before = gap(first - MINUTE, mine, theirs);
      const after = gap(last, mine, theirs);
      if (before === after) return words.clocksChangeTogether(place, day);
      return words.clocksChange(place, day, name, gapText(after), gapShort(before, after));
    })
    .join(" ");
}

function sameDay(a: { tzid: string; at: number }, b: { tzid: string; at: number }): boolean {
  return dayKey(a.at, a.tzid) === dayKey(b.at, b.tzid);
}

function transitionsOf(tzid: string, options: DstNoticeOptions): ZoneTransition[] {
  const known = options.zones?.find((zone) => zone.tzid === tzid);
  return known ? known.transitions : findTransitions(tzid, options.from, options.to);
}

/** Minutes by which the other clock is ahead of mine. */
function gap(at: number, mine: string, theirs: string): number {
  return offsetMinutes(at, theirs) - offsetMinutes(at, mine);
}

function gapText(minutes: number): string {
  const words = strings();
  if (minutes === 0) return words.sameTimeAsYou;
  const span = words.hoursApart(minutes);
  return minutes < 0 ? words.behindYou(span) : words.aheadOfYou(span);
}

/** The old difference: only its size when the direction stays, the whole phrase when it does not. */
function gapShort(before: number, after: number): string {
  if (before !== 0 && after !== 0 && before < 0 === after < 0) return strings().hoursApart(before);
  return gapText(before);
}

// ---- the list to choose from ----

export interface ZoneOption {
  tzid: string;
  city: string;
  /** Country names in the reader's language; "" where the browser cannot tell. */
  country: string;
  offset: string;
  offsetMinutes: number;
  /** Lower-case text that a search looks through. */
  haystack: string;
}

interface RegionZones {
  getTimeZones?(): string[] | undefined;
  timeZones?: string[];
}

/** Zone to country names, asked of Intl region by region; empty where the browser has no such data. */
function countriesByZone(locale: string): Map<string, string> {
  const found = new Map<string, string[]>();
  const names = new Intl.DisplayNames([locale, "en"], { type: "region", fallback: "none" });
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (const first of letters) {
    for (const second of letters) {
      const region = first + second;
      const name = names.of(region);
      if (!name) continue;
      const info = new Intl.Locale(`und-${region}`) as Intl.Locale & RegionZones;
      for (const tzid of info.getTimeZones?.() ?? info.timeZones ?? []) {
        found.set(tzid, [...(found.get(tzid) ?? []), name]);
      }
    }
  }
  return new Map([...found].map(([tzid, countries]) => [tzid, countries.slice(0, 2).join(", ")]));
}

const optionLists = new Map<string, ZoneOption[]>();

/** Every zone the browser knows, west to east, with the words to search by. Built once per locale and day. */
export function zoneOptions(locale: string, now: Instant): ZoneOption[] {
  const key = `${locale}|${new Date(toMillis(now)).toISOString().slice(0, 10)}`;
  let options = optionLists.get(key);
  if (!options) {
    const countries = countriesByZone(locale);
    const tzids = new Set([...Intl.supportedValuesOf("timeZone"), "UTC", deviceZone()]);
    options = [...tzids].map((tzid) => describe(tzid, countries.get(tzid) ?? "", now));
    options.sort((a, b) => a.offsetMinutes - b.offsetMinutes || a.city.localeCompare(b.city, locale));
    optionLists.set(key, options);
  }
  return options;
}

function describe(tzid: string, country: string, now: Instant): ZoneOption {
  const minutes = offsetMinutes(now, tzid);
  const city = zoneCity(tzid);
  const offset = formatOffset(minutes);
  const haystack = fold(`${city} ${country} ${tzid.replaceAll("_", " ")} ${offset} ${offset.replace("GMT", "UTC")}`);
  return { tzid, city, country, offset, offsetMinutes: minutes, haystack };
}

/** Lower case, accents and typographic minus removed: "Sao" finds "São Paulo", "gmt-5" finds "GMT−5". */
function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replaceAll("\u2212", "-")
    .toLowerCase();
}

/** Zones that contain every word of the query, those whose city starts with it first. */
export function searchZones(options: readonly ZoneOption[], query: string): ZoneOption[] {
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...options];
  const start = words.join(" ");
  const rank = (option: ZoneOption): number => (fold(option.city).startsWith(start) ? 0 : 1);
  return options
    .filter((option) => words.every((word) => option.haystack.includes(word)))
    .sort((a, b) => rank(a) - rank(b));
}

const RECENT_KEY = "convene.recent-zones";
const RECENT_LIMIT = 4;

/** Zones chosen lately on this device, newest first. */
export function recentZones(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(RECENT_KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((tzid): tzid is string => typeof tzid === "string") : [];
  } catch {
    return [];
  }
}

export function rememberZone(tzid: string): void {
  try {
    const recent = [tzid, ...recentZones().filter((other) => other !== tzid)].slice(0, RECENT_LIMIT);
    localStorage.setItem(RECENT_KEY, JSON.stringify(recent));
  } catch {
    // Storage may be refused in embedded pages; forgetting is harmless.
  }
}
