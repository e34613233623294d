/** Every language says everything, with the same blanks to fill in; and elements speak the one of their page. */
import { afterEach, describe, expect, test } from "vitest";
import { hoursEnglish } from "../src/elements/availability-editor/availability-editor.strings.ts";
import { overlayEnglish, overlayStrings } from "../src/elements/week-overlay/week-overlay.strings.ts";
import { type Catalogue, fetchLanguage, setStrings, speak } from "../src/internal/languages.ts";
import { english, strings } from "../src/internal/strings.ts";

const files = import.meta.glob<{ default: Catalogue }>("../src/languages/*.ts", { eager: true });
const languages = [...new Set(Object.keys(files).map((path) => path.split("/").at(-1)!.slice(0, 2)))].sort();
const everything: Record<string, unknown> = { ...english, ...hoursEnglish, ...overlayEnglish };

function sentencesOf(language: string): Record<string, unknown> {
  const parts = Object.entries(files).filter(([path]) => path.includes(`/${language}.`));
  return Object.assign({}, ...parts.map(([, module]) => module.default)) as Record<string, unknown>;
}

afterEach(() => {
  setStrings({});
  speak("en");
});

test("there are German, Spanish, French and Dutch, each in four parts", () => {
  expect(languages).toEqual(["de", "es", "fr", "nl"]);
  expect(Object.keys(files)).toHaveLength(16);
});

describe.each(languages)("%s", (language) => {
  const said = sentencesOf(language);

  test("says everything that English says", () => {
    expect(Object.keys(said).sort()).toEqual(Object.keys(everything).sort());
    for (const [name, value] of Object.entries(everything)) {
      expect(typeof said[name], name).toBe(typeof value);
      if (typeof value === "object") expect(Object.keys(said[name] as object).sort(), name).toEqual(Object.keys(value as object).sort());
    }
  });

  test("uses what a sentence is given", () => {
    for (const [name, value] of Object.entries(everything)) {
      if (typeof value !== "function") continue;
      // Numbers and texts that appear nowhere by themselves; a list for the one that takes names.
      const blanks = name === "names" ? [["Xan", "Yma", "Zoe"]] : Array.from({ length: value.length }, (_, index) => 7001 + index);
      const call = (sentence: unknown): string => (sentence as (...given: unknown[]) => string)(...blanks);
      const used = (text: string): string[] => blanks.flat().map(String).filter((blank) => text.includes(blank));
      expect(used(call(said[name])), name).toEqual(expect.arrayContaining(used(call(value))));
    }
  });
});

test("an element waits for its language once and then speaks it", async () => {
  const words = fetchLanguage("de-AT", ["common", "week"]);
  expect(words).not.toBeNull();
  await words;
  expect(fetchLanguage("de", ["common"])).toBeNull();
  expect(strings().today).toBe("Today");
  speak("de-AT");
  expect(strings().today).toBe("Heute");
  expect(overlayStrings().done).toBe("Fertig");
  speak("en-GB");
  expect(strings().today).toBe("Today");
});

test("a language that nobody wrote needs nothing and is English", () => {
  expect(fetchLanguage("ar", ["common", "meeting"])).toBeNull();
  speak("ar");
  expect(strings().close).toBe(english.close);
});

test("a page's own words win in every language", async () => {
  await fetchLanguage("fr", ["common"]);
  setStrings({ today: "Ce jour", weekYou: "Moi" });
  speak("fr");
  expect(strings().today).toBe("Ce jour");
  expect(strings().tomorrow).toBe("Demain");
  expect(overlayStrings().weekYou).toBe("Moi");
  speak("en");
  expect(strings().today).toBe("Ce jour");
});
