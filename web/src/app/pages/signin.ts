/** `<signin-page>`: e-mail and password; in a demonstration installation also one click per person. */
import { css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { ApiError, type ApiClient } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { formatTime, zoneCity } from "../../internal/time.ts";
import { avatar, button, field, notice } from "../../styles/shared.ts";
import type { DemoPerson } from "../platform.ts";
import type { Session } from "../session.ts";
import { brand } from "../ui/brand.ts";
import { avatar as avatarOf, failure, reason } from "../ui/parts.ts";
import { gate, parts } from "../ui/styles.ts";
import { formValues, submitButton, textField } from "../ui/text-field.ts";
import { setTitle } from "../ui/title.ts";

export class SignInPage extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    avatar,
    button,
    field,
    notice,
    parts,
    gate,
    css`
      .gate.wide {
        inline-size: min(100%, 54rem);
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr));
        gap: var(--cv-space-6) var(--cv-space-7);
        align-items: start;
      }
      .column {
        display: grid;
        gap: var(--cv-space-5);
        align-content: start;
      }
      h2 {
        font-size: var(--cv-text-lg);
      }
      .people {
        display: grid;
        gap: var(--cv-space-2);
        margin-block-start: var(--cv-space-3);
      }
      .person {
        appearance: none;
        display: grid;
        grid-template-columns: auto 1fr auto;
        align-items: center;
        gap: var(--cv-space-3);
        inline-size: 100%;
        padding: var(--cv-space-2) var(--cv-space-3);
        border: 1px solid var(--cv-line-strong);
        border-radius: var(--cv-radius);
        background: var(--cv-surface);
        color: inherit;
        font: inherit;
        text-align: start;
        cursor: pointer;
      }
      .person:hover {
        background: var(--cv-accent-soft);
      }
      .person strong {
        display: block;
        font-weight: 600;
      }
      .person small {
        font-size: var(--cv-text-sm);
        color: var(--cv-ink-muted);
      }
      .person .local {
        text-align: end;
      }
    `,
  );

  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) session!: Session;
  @state() private busy = "";
  @state() private problem: unknown = null;
  @state() private people: DemoPerson[] = [];
  #clock: ReturnType<typeof setInterval> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    setTitle("Sign in");
    this.#clock = setInterval(() => this.requestUpdate(), 30_000);
    // Elsewhere than in a demonstration this answers 404, and there is nothing to show.
    this.api.get<{ people: DemoPerson[] }>("/api/demo/people").then(
      ({ people }) => (this.people = people),
      () => undefined,
    );
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#clock);
  }

  async #signIn(busy: string, path: string, body: object): Promise<void> {
    if (this.busy !== "") return;
    this.busy = busy;
    this.problem = null;
    try {
      await this.api.post(path, body);
      await this.session.load();
      if (this.session.state !== "signed-in") this.problem = this.session.error;
    } catch (error) {
      this.problem = error;
    } finally {
      this.busy = "";
    }
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const { email = "", password = "" } = formValues(event.target as HTMLFormElement);
    void this.#signIn("form", "/api/session", { email: email.trim(), password });
  }

  protected override render() {
    const demo = this.people.length > 0;
    return html`<div class="gate ${demo ? "wide" : ""}">
      <div class="column">
        ${brand()}
        <h1>Sign in</h1>
        ${this.#problem()}
        <form @submit=${this.#submit}>
          ${textField({ name: "email", label: "E-mail", type: "email", autocomplete: "username", required: true })}
          ${textField({
            name: "password",
            label: "Password",
            type: "password",
            autocomplete: "current-password",
            required: true,
          })}
          ${submitButton("Sign in", this.busy === "form")}
        </form>
        <p class="hint">No account yet? Ask an administrator of your organisation for an invitation.</p>
      </div>
      ${demo ? this.#demo() : nothing}
    </div>`;
  }

  #problem() {
    if (this.problem === null) return nothing;
    const { problem } = this;
    if (problem instanceof ApiError && problem.status === 429) {
      const wait = problem.retryAfterSeconds;
      const when = wait === null ? "in a while" : `in ${Math.max(1, Math.ceil(wait / 60))} min`;
      return failure("Too many attempts.", `Try again ${when}.`);
    }
    const refused = problem instanceof ApiError && problem.code === "bad_credentials";
    return failure("You are not signed in.", refused ? "E-mail and password do not belong together." : reason(problem));
  }

  #demo() {
    const now = Date.now();
    return html`<section class="column" aria-labelledby="demo">
      <div>
        <h2 id="demo">This is a demonstration</h2>
        <p class="muted">Become one of these people with one click. Open a second window to be two at once.</p>
        <ul class="people">
          ${this.people.map(
            (person) =>
              html`<li>
                <button
                  class="person"
                  type="button"
                  aria-busy=${this.busy === person.sub}
                  @click=${() => this.#signIn(person.sub, "/api/demo/session", { sub: person.sub })}
                >
                  ${avatarOf(person)}
                  <span><strong>${person.name}</strong><small>${person.title}</small></span>
                  <small class="local"
                    >${zoneCity(person.tzid)}<br /><span class="time">${formatTime(now, person.tzid, this.language)}</span></small
                  >
                </button>
              </li>`,
          )}
        </ul>
      </div>
    </section>`;
  }
}
define("signin-page", SignInPage);
