/**
 * `<connect-google-dialog>`: how much of a Google account is asked, said before anybody is sent there; and what is said to
 * who comes back.
 */
import { css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ApiError, type ApiClient } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import type { Access, Connection } from "../platform.ts";
import { failure } from "../ui/parts.ts";
import { connecting, statement } from "./connection-dialog.ts";

export const ACCESS: Record<Access, { label: string; reads: string; writes: string; short: string }> = {
  busy: {
    label: "Only when I am busy",
    reads: "Start and end of your events. No titles, people or places: Convene does not ask for them.",
    writes: "Nothing.",
    short: "busy times only",
  },
  read: {
    label: "Also what my events say",
    reads: "Your events with their titles and details, which stay with you.",
    writes: "Nothing.",
    short: "reads events",
  },
  two_way: {
    label: "Also write the meetings I book",
    reads: "Your events with their titles and details, which stay with you.",
    writes: "The meetings you book here, into one calendar that you choose.",
    short: "reads and writes",
  },
};
const LEVELS = Object.keys(ACCESS) as Access[];

/** Sends the browser to Google; comes back only if that did not work. */
export async function goToGoogle(api: ApiClient, access: Access, connection: Connection | null): Promise<void> {
  const { authorize_url } = await api.post<{ authorize_url: string }>("/api/calendar-connections/oauth", {
    kind: "google",
    access,
    ...(connection === null ? {} : { connection_id: connection.connection_id }),
  });
  window.location.assign(authorize_url);
}

/** What the address says to who comes back from a service, or null. */
export interface Arrival {
  isWell: boolean;
  heading: string;
  text: string;
}

/** The address is anybody's to write: what is shown stands here. */
const PROBLEMS: Record<string, string> = {
  denied: "Nothing was connected: the consent was not given.",
  expired: "This sign-in took too long or was begun elsewhere. Begin again here.",
  unticked: "Without the list of calendars and their times nothing can be read. Leave those boxes ticked at Google.",
  other_account: "You signed in with another Google account than this connection’s. Choose the one that it names.",
  invalid_grant: "Google did not accept the sign-in any more. Begin again here.",
  invalid_client: "Google does not accept this installation’s client id and secret. Ask an administrator.",
  api_disabled: "The Google Calendar API is not switched on for this installation. Ask an administrator.",
  rate_limited: "Google asks us to wait. Try again in a few minutes.",
  failed: "Nothing was connected. There may be too many connections already.",
};

export function arrivalOf(search: string): Arrival | null {
  const told = new URLSearchParams(search);
  if (told.get("service") !== "google") return null;
  const problem = told.get("problem");
  if (problem !== null) {
    const heading = problem === "denied" ? "Google Calendar is not connected." : "Google Calendar could not be connected.";
    const text = Object.hasOwn(PROBLEMS, problem) ? PROBLEMS[problem]! : "Google’s sign-in does not work just now. Try again later.";
    return { isWell: false, heading, text };
  }
  const [asked, granted] = [told.get("asked") as Access, told.get("granted") as Access];
  if (!(asked in ACCESS) || !(granted in ACCESS)) return null;
  if (LEVELS.indexOf(granted) >= LEVELS.indexOf(asked)) {
    return { isWell: true, heading: "Google Calendar is connected.", text: `What you granted: ${ACCESS[granted].short}.` };
  }
  return {
    isWell: false,
    heading: "Google Calendar is connected, with less than you chose.",
    text: `At Google not every box was ticked, so what works is: ${ACCESS[granted].short}. “Change access” asks once more.`,
  };
}

export class ConnectGoogleDialog extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    ...connecting,
    css`
      .stack {
        display: grid;
        gap: var(--cv-space-4);
      }
      .check input {
        inline-size: 1.25rem;
        block-size: 1.25rem;
      }
      code {
        overflow-wrap: anywhere;
      }
    `,
  );

  @property({ attribute: false }) api!: ApiClient;
  /** Whether an administrator has set Google up. */
  @property({ type: Boolean }) ready = false;
  @state() private connection: Connection | null = null;
  @state() private access: Access = "two_way";
  @state() private busy = false;
  @state() private problem: unknown = null;
  @query("cv-dialog") private dialog!: DialogElement;

  /** Opens for a new account, or to change what one that is connected grants. */
  show(connection: Connection | null): void {
    this.connection = connection;
    this.access = connection?.access || "two_way";
    this.busy = false;
    this.problem = null;
    this.dialog.show();
  }

  async #go(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    this.problem = null;
    try {
      await goToGoogle(this.api, this.access, this.connection);
    } catch (error) {
      this.busy = false;
      this.problem = error instanceof ApiError ? error : new Error("Google could not be reached from here.");
    }
  }

  protected override render() {
    const heading = this.connection === null ? "Connect Google Calendar" : `Change access to ${this.connection.username}`;
    return html`<cv-dialog .heading=${heading}>${this.ready ? this.#form() : this.#notSetUp()}</cv-dialog>`;
  }

  #form() {
    const { reads, writes } = ACCESS[this.access];
    return html`<form @submit=${this.#go}>
      ${this.problem === null ? nothing : failure("You were not sent to Google.", this.problem)}
      <fieldset>
        <legend>What may Convene do?</legend>
        ${LEVELS.map(
          (level) => html`<div>
            <label class="check">
              <input
                type="radio"
                name="access"
                value=${level}
                .checked=${this.access === level}
                @change=${() => (this.access = level)}
              />
              <span>${ACCESS[level].label}</span>
            </label>
          </div>`,
        )}
      </fieldset>
      ${statement([
        ["What we read", reads],
        ["What we write", writes],
        ["What colleagues see", "When you are free. Never what you do."],
        [
          "How to stop",
          "“Disconnect” on this page gives the access back to Google at once. You can also withdraw it in your Google account.",
        ],
      ])}
      <p class="hint">You sign in at Google and tick there what you agree to. Convene never sees your password.</p>
      <div class="actions">
        <button class="button primary" type="submit" aria-busy=${this.busy}>Continue to Google</button>
        <button class="button" type="button" @click=${() => this.dialog.close()}>Not now</button>
      </div>
    </form>`;
  }

  #notSetUp() {
    return html`<div class="stack">
      <p>Google Calendar is not set up on this installation yet. Until it is, nobody can connect it.</p>
      <p>
        An administrator makes an OAuth client for Convene in Google’s Cloud console, with the redirect address
        <code>${window.location.origin}/oauth/calendar/google/callback</code>, and starts Convene with the settings
        <code>CONVENE_GOOGLE_CLIENT_ID</code> and <code>CONVENE_GOOGLE_CLIENT_SECRET</code>. The guide “Connect Google
        Calendar” in Convene’s documentation has every step.
      </p>
      <div class="actions"><button class="button" type="button" @click=${() => this.dialog.close()}>Close</button></div>
    </div>`;
  }
}
define("connect-google-dialog", ConnectGoogleDialog);
