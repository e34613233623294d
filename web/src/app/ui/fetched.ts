/** Something read from the server: on its way, there, or failed with a way to try again. */
import type { ReactiveController, ReactiveControllerHost, TemplateResult } from "lit";
import { html, nothing } from "lit";
import { failure, skeletons } from "./parts.ts";

export class Fetched<T> implements ReactiveController {
  value: T | null = null;
  error: unknown = null;
  isLoading = false;
  readonly #host: ReactiveControllerHost;
  readonly #read: () => Promise<T>;
  #generation = 0;

  constructor(host: ReactiveControllerHost, read: () => Promise<T>) {
    this.#host = host;
    this.#read = read;
    host.addController(this);
  }

  hostConnected(): void {
    // Properties are set after construction: read once they are.
    void Promise.resolve().then(() => this.reload());
    addEventListener("online", this.#online);
  }

  hostDisconnected(): void {
    this.#generation += 1;
    removeEventListener("online", this.#online);
  }

  readonly #online = (): void => {
    if (this.error !== null) void this.reload();
  };

  /** Reads again; what is shown stays until the answer is there. */
  async reload(): Promise<void> {
    const generation = ++this.#generation;
    this.isLoading = true;
    this.#host.requestUpdate();
    try {
      const value = await this.#read();
      if (generation !== this.#generation) return;
      this.value = value;
      this.error = null;
    } catch (error) {
      if (generation !== this.#generation) return;
      this.error = error;
    }
    this.isLoading = false;
    this.#host.requestUpdate();
  }

  /** Replaces what is shown by what a write answered. */
  set(value: T): void {
    this.#generation += 1;
    this.value = value;
    this.error = null;
    this.isLoading = false;
    this.#host.requestUpdate();
  }

  /** The state of the reading, or what `ready` makes of the value. `what` names it: "Your calendars". */
  render(what: string, ready: (value: T) => unknown, placeholder: TemplateResult = skeletons(3, "row", what)): unknown {
    const problem =
      this.error === null ? nothing : failure(`${what} could not be read.`, this.error, () => void this.reload());
    if (this.value === null) return this.error === null ? placeholder : problem;
    return html`${problem}${ready(this.value)}`;
  }
}
