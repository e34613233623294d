/**
 * The live line to Connect: one socket that says what it has, hears what it missed, and comes back by itself.
 *
 * It keeps the order of the logs (through `Store.receive`): what is known is dropped, a hole makes it say hello again.
 * Waits between attempts are random up to a bound that doubles (full jitter), so that a restarted server does not meet
 * all windows at once. Everything it needs from outside is passed in.
 */
import type { LogEvent, ServerFrame } from "./model.ts";
import { isLogEvent, PERSONAL } from "./model.ts";
import { AvailabilityChanged } from "./store-events.ts";
import type { Store } from "./store.ts";

export type LineState = "connecting" | "online" | "offline" | "signed-out";

export interface SocketLike {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  readonly readyState: number;
  send(data: string): void;
  close(code?: number): void;
}

export interface LineOptions {
  store: Store;
  /** A fresh one-use ticket; throws `SignedOut` when the session is over. */
  ticket(): Promise<string>;
  open(ticket: string): SocketLike;
  /** Reads everything again and gives it to the store; `stale` are the logs that the server no longer follows for us. */
  resync(stale: readonly string[]): Promise<void>;
  /** Whether somebody is looking at this window. */
  isActive(): boolean;
  random?(): number;
}

export class SignedOut extends Error {}

const OPEN = 1;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const HELLO_PATIENCE_MS = 5_000;
const CLOSE_SIGNED_OUT = 4001;

/** How long to wait before attempt `n` (from 0): anything up to a bound that doubles. */
export function backOffMs(attempt: number, random: () => number): number {
  return Math.round(random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 16)));
}

/** Emits `state` when the line comes or goes. */
export class Line extends EventTarget {
  state: LineState = "connecting";
  /** When the next attempt is due, while offline; milliseconds since the epoch. */
  retryAt: number | null = null;
  readonly #options: LineOptions;
  readonly #random: () => number;
  #socket: SocketLike | null = null;
  #attempt = 0;
  #heartbeatMs = 30_000;
  #timers = new Map<"retry" | "heartbeat" | "silence" | "hello", ReturnType<typeof setTimeout>>();
  #stale = new Set<string>();
  #resyncing = false;
  #stopped = true;
  #generation = 0;

  constructor(options: LineOptions) {
    super();
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  start(): void {
    this.#stopped = false;
    void this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    this.#drop();
    this.#clearTimers();
  }

  /** Tries at once: the network came back or somebody looks at the window again. */
  wake(): void {
    if (this.#stopped || this.state === "signed-out") return;
    if (this.state === "online") return this.#beat();
    if (this.#socket === null && this.#timers.has("retry")) {
      this.#clear("retry");
      void this.#connect();
    }
  }

  /** The network went away: nothing more will be heard on this socket. */
  lost(): void {
    if (this.#stopped || this.state === "signed-out" || this.state === "offline") return;
    this.#drop();
    this.#clearTimers();
    this.#retry();
  }

  // ---------------------------------------------------------------- connecting

  async #connect(): Promise<void> {
    const generation = ++this.#generation;
    this.retryAt = null;
    let ticket: string;
    try {
      ticket = await this.#options.ticket();
    } catch (error) {
      if (generation !== this.#generation || this.#stopped) return;
      if (error instanceof SignedOut) return this.#enter("signed-out");
      return this.#retry();
    }
    if (generation !== this.#generation || this.#stopped) return;
    const socket = this.#options.open(ticket);
    this.#socket = socket;
    socket.onopen = () => this.#hello();
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#heard(String(event.data));
    };
    socket.onclose = (event) => {
      if (socket === this.#socket) this.#closed(event.code);
    };
    this.#expectSound();
  }

  #closed(code: number): void {
    this.#socket = null;
    this.#clearTimers();
    // A ticket may be refused because it is old; asking for the next one tells whether the session is over.
    if (code === CLOSE_SIGNED_OUT) this.#attempt = Math.max(this.#attempt, 1);
    if (!this.#stopped) this.#retry();
  }

  #retry(): void {
    const wait = backOffMs(this.#attempt++, this.#random);
    this.retryAt = Date.now() + wait;
    this.#enter("offline");
    this.#set("retry", wait, () => void this.#connect());
  }

  /** Forgets the socket without waiting for its close to be confirmed. */
  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#generation += 1;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  // ---------------------------------------------------------------- speaking

  #hello(): void {
    const cursors: Record<string, number> = {};
    for (const [log, seq] of this.#options.store.cursors) if (log !== PERSONAL) cursors[log] = seq;
    this.#send({ type: "hello", cursors, personal: this.#options.store.cursors.get(PERSONAL) ?? 0 });
    // Until the answer has come, further holes are the same hole.
    this.#set("hello", HELLO_PATIENCE_MS, () => undefined);
  }

  #beat(): void {
    this.#send({ type: "ping", active: this.#options.isActive() });
    this.#set("heartbeat", this.#heartbeatMs, () => this.#beat());
  }

  #send(frame: object): void {
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify(frame));
  }

  // ---------------------------------------------------------------- hearing

  #heard(text: string): void {
    this.#expectSound();
    const frame = parseFrame(text);
    if (frame === null) return;
    if (isLogEvent(frame)) return this.#logged(frame);
    if (frame.type === "ready") this.#ready(frame.heartbeat_seconds);
    else if (frame.type === "presence") this.#options.store.applyPresence(frame.people, frame.complete);
    else if (frame.type === "availability.changed") this.#options.store.dispatchEvent(new AvailabilityChanged(frame.data.subs));
    else if (frame.type === "resync") this.#behind(frame.c);
  }

  #ready(heartbeatSeconds: number): void {
    this.#heartbeatMs = heartbeatSeconds * 1000;
    this.#attempt = 0;
    this.#clear("hello");
    this.#enter("online");
    this.#beat();
  }

  #logged(event: LogEvent): void {
    const outcome = this.#options.store.receive(event);
    if (outcome === "hole" && !this.#timers.has("hello") && !this.#stale.has(event.c)) this.#hello();
  }

  /** Several logs that fell behind together are read again together. */
  #behind(log: string): void {
    this.#stale.add(log);
    if (!this.#resyncing) void this.#readAgain();
  }

  async #readAgain(): Promise<void> {
    this.#resyncing = true;
    try {
      while (this.#stale.size > 0) {
        await Promise.resolve();
        const stale = [...this.#stale];
        await this.#options.resync(stale);
        for (const log of stale) this.#stale.delete(log);
        // What happened while we were reading is missing now: ask for it from the new numbers on.
        this.#hello();
      }
    } catch {
      this.#stale.clear();
      this.#drop();
      if (!this.#stopped) this.#retry();
    } finally {
      this.#resyncing = false;
    }
  }

  /** A line that stays silent for two heartbeats is dead, whatever the network says. */
  #expectSound(): void {
    this.#set("silence", this.#heartbeatMs * 2, () => {
      this.#drop();
      this.#clearTimers();
      this.#retry();
    });
  }

  // ---------------------------------------------------------------- state and timers

  #enter(state: LineState): void {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }

  #set(name: "retry" | "heartbeat" | "silence" | "hello", ms: number, then: () => void): void {
    this.#clear(name);
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      then();
    }, ms);
    this.#timers.set(name, timer);
  }

  #clear(name: "retry" | "heartbeat" | "silence" | "hello"): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  #clearTimers(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}

function parseFrame(text: string): ServerFrame | null {
  try {
    const frame: unknown = JSON.parse(text);
    return typeof frame === "object" && frame !== null && "type" in frame ? (frame as ServerFrame) : null;
  } catch {
    return null;
  }
}
