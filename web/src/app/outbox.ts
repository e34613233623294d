/**
 * Texts on their way: shown at once, sent with a nonce, and tried again with the same nonce so that nothing is said twice.
 *
 * A text leaves the outbox when the event that carries its nonce is applied to the store, not when the server answers.
 */
import type { Store } from "./store.ts";

export interface OutboxOptions {
  store: Store;
  /** Posts the text; rejects with a sentence that can be shown. */
  post(conversationId: string, body: string, nonce: string): Promise<unknown>;
  nonce?(): string;
  now?(): Date;
}

/** After this long without an answer a text counts as failed. */
export const PATIENCE_MS = 10_000;

export class Outbox {
  readonly #options: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Shows the text and sends it. */
  send(conversationId: string, body: string): void {
    const nonce = this.#options.nonce?.() ?? crypto.randomUUID();
    const created = (this.#options.now?.() ?? new Date()).toISOString();
    this.#options.store.putPending({
      nonce,
      conversation_id: conversationId,
      body,
      created_at: created,
      state: "sending",
      error: "",
    });
    void this.#post(conversationId, nonce);
  }

  /** Sends a failed text once more, under its own nonce. */
  retry(conversationId: string, nonce: string): void {
    const pending = this.#options.store.findPending(conversationId, nonce);
    if (pending === null || pending.state !== "failed") return;
    this.#options.store.putPending({ ...pending, state: "sending", error: "" });
    void this.#post(conversationId, nonce);
  }

  discard(conversationId: string, nonce: string): void {
    this.#options.store.discardPending(conversationId, nonce);
  }

  async #post(conversationId: string, nonce: string): Promise<void> {
    const pending = this.#options.store.findPending(conversationId, nonce);
    if (pending === null) return;
    const impatience = setTimeout(
      () => this.#mark(conversationId, nonce, "failed", "No answer from the server."),
      PATIENCE_MS,
    );
    try {
      await this.#options.post(conversationId, pending.body, nonce);
      this.#mark(conversationId, nonce, "sent", "");
    } catch (error) {
      this.#mark(conversationId, nonce, "failed", error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(impatience);
    }
  }

  /** The text may have left already: its event can come before the answer to the post. */
  #mark(conversationId: string, nonce: string, state: "sent" | "failed", error: string): void {
    const pending = this.#options.store.findPending(conversationId, nonce);
    if (pending !== null) this.#options.store.putPending({ ...pending, state, error });
  }
}
