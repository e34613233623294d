import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ApiClient } from "../internal/api-client.ts";
import { OpenConflicts } from "./conflicts.ts";

const conflict = (id: string): object => ({ conflict_id: `cfl_${id}`, booking_id: `bkg_${id}` });
let answers: (object[] | Error)[] = [];
let asked = 0;
const api = {
  get: async (): Promise<unknown> => {
    asked += 1;
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return { items: answer };
  },
} as unknown as ApiClient;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", { hidden: false, addEventListener: () => undefined, removeEventListener: () => undefined });
  asked = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("open conflicts", () => {
  it("are read while somebody watches, once for all who do", async () => {
    answers = [[conflict("1")]];
    const conflicts = new OpenConflicts(api);
    conflicts.watch();
    conflicts.watch();
    await vi.advanceTimersByTimeAsync(0);
    expect([asked, conflicts.of("bkg_1")?.conflict_id, conflicts.of("bkg_2")]).toEqual([1, "cfl_1", null]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(2);
    conflicts.unwatch();
    conflicts.unwatch();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked).toBe(2);
  });

  it("tell of changes alone", async () => {
    answers = [[conflict("1")], [conflict("1")], []];
    const conflicts = new OpenConflicts(api);
    let changes = 0;
    conflicts.addEventListener("change", () => (changes += 1));
    conflicts.watch();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([asked, changes]).toEqual([2, 1]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([changes, conflicts.items.length]).toEqual([2, 0]);
    conflicts.unwatch();
  });

  it("stay while they cannot be read, and are asked about once for several suspicions", async () => {
    answers = [[conflict("1")], new Error("away")];
    const conflicts = new OpenConflicts(api);
    conflicts.watch();
    await vi.advanceTimersByTimeAsync(0);
    conflicts.suspect();
    conflicts.suspect();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([asked, conflicts.items.length]).toEqual([2, 1]);
    conflicts.unwatch();
  });

  it("are none where nobody can tell", async () => {
    answers = [new Error("no such page")];
    const conflicts = new OpenConflicts(api);
    conflicts.watch();
    await vi.advanceTimersByTimeAsync(0);
    expect(conflicts.items).toEqual([]);
    conflicts.unwatch();
  });
});
