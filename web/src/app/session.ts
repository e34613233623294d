/** Who is signed in to this window. One session serves Connect and the platform's pages alike. */
import { type ApiClient, ApiError } from "../internal/api-client.ts";
import { recall, remember } from "../internal/memory.ts";
import type { Account } from "./platform.ts";

export type SessionState = "loading" | "signed-in" | "signed-out" | "error";

interface SessionAnswer {
  account: Account;
  organization: { org_id: string; name: string };
  grants: string[];
}

/** Kept on this device while somebody is signed in: the sign-in page asks who only then. */
const HINT = "signed-in";

/** Emits `change` whenever somebody signs in or out, or the account itself changes. */
export class Session extends EventTarget {
  state: SessionState = "loading";
  account: Account | null = null;
  organization: { org_id: string; name: string } | null = null;
  error: unknown = null;
  /** The person chose to sign out; whoever comes next starts afresh instead of where they were. */
  wasDeliberate = false;
  #grants: ReadonlySet<string> = new Set();
  readonly #api: ApiClient;

  constructor(api: ApiClient) {
    super();
    this.#api = api;
  }

  /** False where surely nobody is signed in. Only a hint: the server alone decides. */
  get mayExist(): boolean {
    return recall(HINT) === "yes";
  }

  /** Asks the server who we are; a failure other than "nobody" is a state of its own, with a way to try again. */
  async load(): Promise<void> {
    try {
      const answer = await this.#api.get<SessionAnswer>("/api/session");
      this.account = answer.account;
      this.organization = answer.organization;
      this.#grants = new Set(answer.grants);
      this.wasDeliberate = false;
      remember(HINT, "yes");
      this.#enter("signed-in");
    } catch (error) {
      this.error = error;
      if (error instanceof ApiError && error.status === 401) this.ended();
      // Who was signed in stays so while the server cannot be asked.
      else if (this.state !== "signed-in") this.#enter("error");
    }
  }

  can(grant: string): boolean {
    return this.#grants.has(grant);
  }

  /** The account as its own page has just changed it. */
  accountChanged(account: Account): void {
    this.account = account;
    this.dispatchEvent(new Event("change"));
  }

  async signOut(everywhere = false): Promise<void> {
    await this.#api.delete(everywhere ? "/api/sessions" : "/api/session");
    this.wasDeliberate = true;
    this.ended();
  }

  /** The server no longer knows this session. */
  ended(): void {
    remember(HINT, "no");
    this.account = null;
    this.organization = null;
    this.#grants = new Set();
    this.#enter("signed-out");
  }

  retry(): void {
    this.#enter("loading");
    void this.load();
  }

  #enter(state: SessionState): void {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}
