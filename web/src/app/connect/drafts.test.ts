/** Drafts stay with the person and the conversation they were meant for. */
import { describe, expect, it } from "vitest";
import { Drafts } from "./drafts.ts";

function memory(isFull = false): Storage {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (isFull) throw new DOMException("full", "QuotaExceededError");
      items.set(key, value);
    },
    removeItem: (key: string) => void items.delete(key),
  } as unknown as Storage;
}

describe("Drafts", () => {
  it("keeps one text per person and conversation", () => {
    const storage = memory();
    const mine = new Drafts(storage);
    mine.owner = "acc_me";
    mine.set("cnv_1", "half a thought");
    const later = new Drafts(storage);
    later.owner = "acc_me";
    const others = new Drafts(storage);
    others.owner = "acc_ana";
    expect(later.get("cnv_1")).toBe("half a thought");
    expect(later.get("cnv_2")).toBe("");
    expect(others.get("cnv_1")).toBe("");
    later.set("cnv_1", "");
    expect(mine.get("cnv_1")).toBe("");
  });

  it("lets one type on when nothing can be stored", () => {
    expect(() => new Drafts(memory(true)).set("cnv_1", "text")).not.toThrow();
  });
});
