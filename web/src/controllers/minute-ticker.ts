/** Re-renders its host on every full minute, so that "in 8 min" stays true. One timer per host, none while hidden. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { MINUTE } from "../internal/time.ts";

export class MinuteTicker implements ReactiveController {
  #host: ReactiveControllerHost;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#schedule();
  }

  hostDisconnected(): void {
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#stop();
  }

  #onVisibility = (): void => {
    if (document.hidden) return this.#stop();
    this.#host.requestUpdate();
    this.#schedule();
  };

  #schedule(): void {
    this.#stop();
    // A little after the minute: timers may fire early by a millisecond.
    this.#timer = setTimeout(this.#tick, MINUTE - (Date.now() % MINUTE) + 20);
  }

  #tick = (): void => {
    this.#host.requestUpdate();
    this.#schedule();
  };

  #stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
