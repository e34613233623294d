/** What somebody typed and did not send, per conversation; it survives a reload of the window, not its closing. */

const PREFIX = "convene-draft:";

export class Drafts {
  /** Whose drafts these are: the next person at this window must not find them. */
  owner = "";
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  get(conversationId: string): string {
    return this.#storage.getItem(this.#key(conversationId)) ?? "";
  }

  #key(conversationId: string): string {
    return `${PREFIX}${this.owner}:${conversationId}`;
  }

  set(conversationId: string, text: string): void {
    try {
      if (text === "") this.#storage.removeItem(this.#key(conversationId));
      else this.#storage.setItem(this.#key(conversationId), text);
    } catch {
      // A full or forbidden storage costs the draft after a reload, not the typing.
    }
  }
}
