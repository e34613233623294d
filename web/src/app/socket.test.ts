/** The live line: order, holes, coming back. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backOffMs, Line, SignedOut, type SocketLike } from "./socket.ts";
import { Store } from "./store.ts";
import type { AvailabilityChanged } from "./store-events.ts";
import { conversation, message, start } from "./test-data.ts";

class FakeSocket implements SocketLike {
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readyState = 0;
  sent: Record<string, unknown>[] = [];
  closed = false;

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Record<string, unknown>);
  }
  close(): void {
    this.closed = true;
  }
  opens(): void {
    this.readyState = 1;
    this.onopen?.(new Event("open"));
  }
  says(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) } as MessageEvent);
  }
  drops(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code } as CloseEvent);
  }
  get hellos(): Record<string, unknown>[] {
    return this.sent.filter((frame) => frame["type"] === "hello");
  }
}

const READY = { type: "ready", node: "n1", heartbeat_seconds: 30 };
const created = (seq: number) => ({ c: "cnv_1", seq, type: "message.created", data: message(seq) });

async function setUp(over: { ticket?: () => Promise<string>; resync?: (stale: readonly string[]) => Promise<void> } = {}) {
  const store = new Store();
  store.load(start({ cursors: { cnv_1: 4 }, conversations: [conversation({ last_seq: 4 })], personal_cursor: 2 }));
  const sockets: FakeSocket[] = [];
  const resync = vi.fn(over.resync ?? (async () => undefined));
  const line = new Line({
    store,
    ticket: over.ticket ?? (async () => "t"),
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    resync,
    isActive: () => true,
    random: () => 1,
  });
  line.start();
  await vi.advanceTimersByTimeAsync(0);
  return { store, line, sockets, resync, last: () => sockets.at(-1)! };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("Line", () => {
  it("says what it has and applies what it missed", async () => {
    const { store, line, last } = await setUp();
    last().opens();
    expect(last().sent[0]).toEqual({ type: "hello", cursors: { cnv_1: 4 }, personal: 2 });
    last().says(READY);
    expect(line.state).toBe("online");
    last().says(created(5));
    last().says(created(5));
    last().says(created(6));
    expect(store.cursors.get("cnv_1")).toBe(6);
    expect(last().hellos).toHaveLength(1);
  });

  it("passes on that somebody's free time has changed, which is in no log", async () => {
    const { store, last } = await setUp();
    const told = vi.fn();
    store.addEventListener("availability-changed", (event) => told((event as AvailabilityChanged).subs));
    last().opens();
    last().says(READY);
    last().says({ type: "availability.changed", data: { subs: ["acc_ana"] } });
    expect(told.mock.calls).toEqual([[["acc_ana"]]]);
  });

  it("asks again once when it sees a hole, and loses nothing", async () => {
    const { store, last } = await setUp();
    last().opens();
    last().says(READY);
    last().says(created(6));
    last().says(created(7));
    expect(last().hellos).toHaveLength(2);
    expect(last().hellos[1]).toMatchObject({ cursors: { cnv_1: 4 } });
    last().says(READY);
    for (const seq of [5, 6, 7]) last().says(created(seq));
    expect(store.cursors.get("cnv_1")).toBe(7);
    expect(store.conversations.get("cnv_1")?.unread).toBe(3);
  });

  it("asks again for a hole whose answer never came", async () => {
    const { last } = await setUp();
    last().opens();
    last().says(READY);
    last().says(created(6));
    await vi.advanceTimersByTimeAsync(5_001);
    last().says(created(7));
    expect(last().hellos).toHaveLength(3);
  });

  it("reads again what fell too far behind, and goes on from there", async () => {
    const { store, resync, last } = await setUp({
      resync: async () => store.load(start({ conversations: [conversation({ last_seq: 900 })], cursors: { cnv_1: 900 }, personal_cursor: 2 })),
    });
    last().opens();
    last().says(READY);
    last().says({ type: "resync", c: "cnv_1" });
    await vi.advanceTimersByTimeAsync(0);
    expect(resync).toHaveBeenCalledWith(["cnv_1"]);
    expect(last().hellos.at(-1)).toMatchObject({ cursors: { cnv_1: 900 } });
    last().says(created(901));
    expect(store.cursors.get("cnv_1")).toBe(901);
  });

  it("comes back by itself with what it has by then", async () => {
    const { line, sockets, last } = await setUp();
    last().opens();
    last().says(READY);
    last().says(created(5));
    last().drops();
    expect(line.state).toBe("offline");
    await vi.advanceTimersByTimeAsync(500);
    expect(sockets).toHaveLength(2);
    last().opens();
    expect(last().sent[0]).toMatchObject({ cursors: { cnv_1: 5 } });
    last().says(READY);
    expect(line.state).toBe("online");
  });

  it("waits longer after each failure, and little again after a success", async () => {
    const { line, sockets, last } = await setUp();
    const waits: number[] = [];
    for (const isGood of [false, false, true, false]) {
      if (isGood) {
        last().opens();
        last().says(READY);
      }
      last().drops();
      waits.push(line.retryAt! - Date.now());
      await vi.advanceTimersByTimeAsync(waits.at(-1)!);
    }
    expect(waits).toEqual([500, 1000, 500, 1000]);
    expect(sockets).toHaveLength(5);
  });

  it("takes silence for death", async () => {
    const { line, sockets, last } = await setUp();
    last().opens();
    last().says(READY);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(last().sent.filter((frame) => frame["type"] === "ping").length).toBe(2);
    last().says({ type: "pong" });
    await vi.advanceTimersByTimeAsync(59_000);
    expect(line.state).toBe("online");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(line.state).toBe("offline");
    expect(sockets[0]!.closed).toBe(true);
  });

  it("knows at once when the network goes, and loses nothing", async () => {
    const { store, line, sockets, last } = await setUp();
    last().opens();
    last().says(READY);
    const gone = last();
    line.lost();
    expect(line.state).toBe("offline");
    gone.says(created(5));
    expect(store.cursors.get("cnv_1")).toBe(4);
    line.wake();
    await vi.advanceTimersByTimeAsync(0);
    last().opens();
    last().says(READY);
    last().says(created(5));
    expect(sockets).toHaveLength(2);
    expect(store.cursors.get("cnv_1")).toBe(5);
  });

  it("stops when the session is over", async () => {
    const { line, sockets } = await setUp({ ticket: () => Promise.reject(new SignedOut()) });
    expect(line.state).toBe("signed-out");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(0);
  });

  it("does not wait when somebody comes back", async () => {
    const { line, sockets, last } = await setUp();
    last().drops();
    line.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(sockets).toHaveLength(2);
    line.stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(sockets).toHaveLength(2);
  });
});

describe("backOffMs", () => {
  it("is random below a bound that doubles up to half a minute", () => {
    expect([0, 1, 2, 3, 10, 99].map((n) => backOffMs(n, () => 1))).toEqual([500, 1000, 2000, 4000, 30_000, 30_000]);
    expect(backOffMs(5, () => 0)).toBe(0);
  });
});
