/** Renders an element again whenever one of the store's topics that it shows has changed. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Store } from "./store.ts";

/** `topics` is asked before every render: it may depend on the host's properties. `store` may come later than the host. */
export class StoreWatch implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #store: () => Store | undefined;
  readonly #topics: () => readonly string[];
  #watched: Store | undefined;
  #watchedTopics: readonly string[] = [];

  constructor(host: ReactiveControllerHost, store: () => Store | undefined, topics: () => readonly string[]) {
    this.#host = host;
    this.#store = store;
    this.#topics = topics;
    host.addController(this);
  }

  hostConnected(): void {
    this.#host.requestUpdate();
  }

  hostUpdate(): void {
    const store = this.#store();
    const topics = store === undefined ? [] : this.#topics();
    if (store === this.#watched && topics.join(" ") === this.#watchedTopics.join(" ")) return;
    this.#unwatch();
    this.#watched = store;
    this.#watchedTopics = topics;
    for (const topic of topics) store?.addEventListener(topic, this.#changed);
  }

  hostDisconnected(): void {
    this.#unwatch();
  }

  #unwatch(): void {
    for (const topic of this.#watchedTopics) this.#watched?.removeEventListener(topic, this.#changed);
    this.#watched = undefined;
    this.#watchedTopics = [];
  }

  readonly #changed = (): void => this.#host.requestUpdate();
}
