/**
 * Which language the elements speak: English is built in, others are fetched when an element stands in a page of that
 * language. Each comes in parts, so that a page pays for the sentences of the elements that it shows.
 */
import type { HoursStrings } from "../elements/availability-editor/availability-editor.strings.ts";
import type { OverlayStrings } from "../elements/week-overlay/week-overlay.strings.ts";
import type { Strings } from "./strings.ts";

/** Sentences by name, some of them or all. */
export type Catalogue = Partial<Strings & HoursStrings & OverlayStrings>;
/** `common`: time, zones, picker; `meeting`: modal, cards, lists; `hours`: the hours editor; `week`: the week overlay. */
export type Part = "common" | "meeting" | "hours" | "week";

const files = import.meta.glob<{ default: Catalogue }>("../languages/*.ts");
const loaded = new Map<string, Catalogue>();
const onTheirWay = new Map<string, Promise<void>>();

let replacements: Catalogue = {};
let spokenLanguage = "en";
let spoken: Catalogue | null = null;

const primary = (locale: string): string => locale.toLowerCase().split("-")[0] ?? "";
const key = (language: string, part: Part): string => `../languages/${language}.${part}.ts`;

/** Fetches the parts of a locale's language; null when nothing is missing. Failing, the elements speak English. */
export function fetchLanguage(locale: string, parts: readonly Part[]): Promise<unknown> | null {
  const missing = parts.map((part) => key(primary(locale), part)).filter((name) => name in files && !loaded.has(name));
  if (missing.length === 0) return null;
  return Promise.all(missing.map((name) => onTheirWay.get(name) ?? fetchPart(name)));
}

function fetchPart(name: string): Promise<void> {
  const done = (catalogue: Catalogue): void => {
    loaded.set(name, catalogue);
    spoken = null;
  };
  const promise = files[name]!().then(
    (module) => done(module.default),
    // Not asked for again: an element that waits for words at every update would never show anything.
    () => done({}),
  );
  onTheirWay.set(name, promise);
  return promise;
}

/** From here on `strings()` answers in the language of `locale`, as far as it is there. */
export function speak(locale: string): void {
  const language = primary(locale);
  if (language === spokenLanguage) return;
  spokenLanguage = language;
  spoken = null;
}

/** What differs from English now: the language spoken, and on top of it what the page replaced. */
export function differing(): Catalogue {
  if (!spoken) {
    const parts = (["common", "meeting", "hours", "week"] as const).map((part) => loaded.get(key(spokenLanguage, part)));
    spoken = Object.assign({}, ...parts, replacements) as Catalogue;
  }
  return spoken;
}

/** Replaces some or all sentences, in any language. Elements show them from their next update on. */
export function setStrings(replaced: Catalogue): void {
  replacements = replaced;
  spoken = null;
}
