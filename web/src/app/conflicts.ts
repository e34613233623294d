/**
 * What calendars and bookings say differently, once per window: for the badge in the settings, the hints on cards and the
 * page of a meeting. Where conflicts cannot be read (no grant, no platform behind Connect) there are none.
 */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { ApiClient } from "../internal/api-client.ts";
import type { Conflict } from "./platform.ts";

const EVERY_MS = 60_000;
/** Several cards may change at once: one question is enough. */
const GATHER_MS = 300;

/** Emits `change` whenever the open conflicts are others than before. */
export class OpenConflicts extends EventTarget {
  items: readonly Conflict[] = [];
  readonly #api: ApiClient;
  #watchers = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #generation = 0;

  constructor(api: ApiClient) {
    super();
    this.#api = api;
  }

  of(bookingId: string): Conflict | null {
    return this.items.find((item) => item.booking_id === bookingId) ?? null;
  }

  /** Reads until nobody watches any more. */
  watch(): void {
    this.#watchers += 1;
    if (this.#watchers > 1) return;
    document.addEventListener("visibilitychange", this.#returned);
    void this.reload();
  }

  unwatch(): void {
    this.#watchers -= 1;
    if (this.#watchers > 0) return;
    document.removeEventListener("visibilitychange", this.#returned);
    clearTimeout(this.#timer);
    this.#generation += 1;
  }

  /** Something changed that may be a conflict, or the end of one. */
  suspect(): void {
    if (this.#watchers > 0) this.#wait(GATHER_MS);
  }

  async reload(): Promise<void> {
    const generation = ++this.#generation;
    let items: Conflict[] = [];
    try {
      ({ items } = await this.#api.get<{ items: Conflict[] }>("/api/calendar-conflicts", { query: { state: "open" } }));
    } catch {
      // What was known stays: a conflict does not go away because it cannot be asked about.
      items = [...this.items];
    }
    if (generation !== this.#generation) return;
    if (JSON.stringify(items) !== JSON.stringify(this.items)) {
      this.items = items;
      this.dispatchEvent(new Event("change"));
    }
    this.#wait(EVERY_MS);
  }

  readonly #returned = (): void => {
    if (!document.hidden) void this.reload();
  };

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    if (!document.hidden) this.#timer = setTimeout(() => void this.reload(), ms);
  }
}

/** Draws its host anew when the open conflicts change. `conflicts` may come later than the host. */
export class ConflictsWatch implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #conflicts: () => OpenConflicts | null;
  #watched: OpenConflicts | null = null;

  constructor(host: ReactiveControllerHost, conflicts: () => OpenConflicts | null) {
    this.#host = host;
    this.#conflicts = conflicts;
    host.addController(this);
  }

  hostConnected(): void {
    this.#host.requestUpdate();
  }

  hostUpdate(): void {
    const conflicts = this.#conflicts();
    if (conflicts === this.#watched) return;
    this.#leave();
    this.#watched = conflicts;
    conflicts?.addEventListener("change", this.#changed);
    conflicts?.watch();
  }

  hostDisconnected(): void {
    this.#leave();
  }

  #leave(): void {
    this.#watched?.removeEventListener("change", this.#changed);
    this.#watched?.unwatch();
    this.#watched = null;
  }

  readonly #changed = (): void => this.#host.requestUpdate();
}
