/** Looks again after a while, for as long as somebody looks at the page; at once when they come back to it. */
import type { ReactiveController, ReactiveControllerHost } from "lit";

export class Polling implements ReactiveController {
  readonly #run: () => Promise<void>;
  readonly #pause: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isRunning = false;

  /** `pause` tells after how many milliseconds to look again: it is asked after each look, and by `soon`. */
  constructor(host: ReactiveControllerHost, run: () => Promise<void>, pause: () => number) {
    this.#run = run;
    this.#pause = pause;
    host.addController(this);
  }

  hostConnected(): void {
    document.addEventListener("visibilitychange", this.#returned);
    this.#wait();
  }

  hostDisconnected(): void {
    document.removeEventListener("visibilitychange", this.#returned);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Something began that is worth a closer look: wait only as long as `pause` says now. */
  soon(): void {
    if (!this.#isRunning) this.#wait();
  }

  readonly #returned = (): void => {
    clearTimeout(this.#timer);
    if (!document.hidden) void this.#look();
  };

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = document.hidden ? undefined : setTimeout(() => void this.#look(), this.#pause());
  }

  async #look(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      await this.#run();
    } finally {
      this.#isRunning = false;
      // Gone from the page meanwhile: nobody waits.
      if (this.#timer !== undefined) this.#wait();
    }
  }
}
