/** Texts on their way: shown once, sent once. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Outbox, PATIENCE_MS } from "./outbox.ts";
import { Store } from "./store.ts";
import { message, start } from "./test-data.ts";

function setUp() {
  const store = new Store();
  store.load(start());
  const answers: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = [];
  const post = vi.fn(() => new Promise((resolve, reject) => answers.push({ resolve, reject })));
  const outbox = new Outbox({ store, post, nonce: () => "n-1" });
  return { store, outbox, post, answers, pending: () => store.pending.get("cnv_1") ?? [] };
}

const arrived = (nonce: string) => ({
  c: "cnv_1",
  seq: 1,
  type: "message.created" as const,
  data: message(1, { author_id: "acc_me", body: "hello", client_nonce: nonce }),
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("Outbox", () => {
  it("shows a text at once and lets its event replace it", async () => {
    const { store, outbox, answers, pending } = setUp();
    outbox.send("cnv_1", "hello");
    expect(pending()).toMatchObject([{ body: "hello", state: "sending" }]);
    answers[0]!.resolve({});
    await vi.advanceTimersByTimeAsync(0);
    expect(pending()).toMatchObject([{ state: "sent" }]);
    store.receive(arrived("n-1"));
    expect(pending()).toEqual([]);
  });

  it("does not bring a text back when the event came before the answer", async () => {
    const { store, outbox, answers, pending } = setUp();
    outbox.send("cnv_1", "hello");
    store.receive(arrived("n-1"));
    answers[0]!.resolve({});
    await vi.advanceTimersByTimeAsync(PATIENCE_MS + 1);
    expect(pending()).toEqual([]);
  });

  it("fails after ten seconds without an answer, and retries with the same nonce", async () => {
    const { outbox, post, pending } = setUp();
    outbox.send("cnv_1", "hello");
    await vi.advanceTimersByTimeAsync(PATIENCE_MS - 1);
    expect(pending()[0]!.state).toBe("sending");
    await vi.advanceTimersByTimeAsync(1);
    expect(pending()[0]!.state).toBe("failed");
    outbox.retry("cnv_1", "n-1");
    expect(pending()[0]!.state).toBe("sending");
    expect(post.mock.calls).toEqual([["cnv_1", "hello", "n-1"], ["cnv_1", "hello", "n-1"]]);
  });

  it("says why the server refused", async () => {
    const { outbox, answers, pending } = setUp();
    outbox.send("cnv_1", "hello");
    answers[0]!.reject(new Error("You left this channel."));
    await vi.advanceTimersByTimeAsync(0);
    expect(pending()).toMatchObject([{ state: "failed", error: "You left this channel." }]);
    outbox.discard("cnv_1", "n-1");
    expect(pending()).toEqual([]);
  });

  it("keeps somebody else's equal nonce apart", () => {
    const { store, outbox, pending } = setUp();
    outbox.send("cnv_1", "hello");
    store.receive({ ...arrived("n-1"), data: message(1, { client_nonce: "n-1" }) });
    expect(pending()).toHaveLength(1);
  });
});
