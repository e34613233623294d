/** Whether there is a network: its host is drawn anew when that changes. */
import type { ReactiveController, ReactiveControllerHost } from "lit";

export class OnlineWatch implements ReactiveController {
  isOnline = navigator.onLine;
  readonly #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    addEventListener("online", this.#changed);
    addEventListener("offline", this.#changed);
    this.isOnline = navigator.onLine;
  }

  hostDisconnected(): void {
    removeEventListener("online", this.#changed);
    removeEventListener("offline", this.#changed);
  }

  readonly #changed = (): void => {
    this.isOnline = navigator.onLine;
    this.#host.requestUpdate();
  };
}
