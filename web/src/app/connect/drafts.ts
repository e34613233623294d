/** What was typed and not sent, per conversation; it survives a reload of the window, not its closing. */

const PREFIX = "convene-draft:";

export class Drafts {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  get(conversationId: string): string {
    return this.#storage.getItem(PREFIX + conversationId) ?? "";
  }

  set(conversationId: string, text: string): void {
    try {
      if (text === "") this.#storage.removeItem(PREFIX + conversationId);
      else this.#storage.setItem(PREFIX + conversationId, text);
    } catch {
      // A full or forbidden storage costs the draft after a reload, not the typing.
    }
  }
}
