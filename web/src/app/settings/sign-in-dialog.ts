/** `<sign-in-dialog>`: how much of an account at a service is asked, said before anybody is sent there. */
import { css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ApiError, type ApiClient } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import type { Access, Connection } from "../platform.ts";
import { failure } from "../ui/parts.ts";
import { connecting, statement } from "./connection-dialog.ts";
import { ACCESS, goToService, LEVELS, readsOf, SIGN_IN_SERVICES, type SignInService } from "./sign-in-services.ts";

export class SignInDialog extends ConveneElement {
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
  /** The kinds of service that an administrator has set up. */
  @property({ attribute: false }) ready: readonly string[] = [];
  @state() private service: SignInService = SIGN_IN_SERVICES.google;
  @state() private connection: Connection | null = null;
  @state() private access: Access = "two_way";
  @state() private busy = false;
  @state() private problem: unknown = null;
  @query("cv-dialog") private dialog!: DialogElement;

  /** Opens for a new account at a service, or to change what one that is connected grants. */
  show(service: SignInService, connection: Connection | null): void {
    this.service = service;
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
      await goToService(this.api, this.service.kind, this.access, this.connection);
    } catch (error) {
      this.busy = false;
      this.problem = error instanceof ApiError ? error : new Error(`${this.service.brand} could not be reached from here.`);
    }
  }

  protected override render() {
    const { connection, service } = this;
    const heading = connection === null ? `Connect ${service.name}` : `Change access to ${connection.username}`;
    const isReady = this.ready.includes(service.kind);
    return html`<cv-dialog .heading=${heading}>${isReady ? this.#form() : this.#notSetUp()}</cv-dialog>`;
  }

  #form() {
    const { service } = this;
    return html`<form @submit=${this.#go}>
      ${this.problem === null ? nothing : failure(`You were not sent to ${service.brand}.`, this.problem)}
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
        ["What we read", readsOf(service, this.access)],
        ["What we write", ACCESS[this.access].writes],
        ["What colleagues see", "When you are free. Never what you do."],
        ["How to stop", service.stop],
      ])}
      <p class="hint">${service.before}</p>
      <div class="actions">
        <button class="button primary" type="submit" aria-busy=${this.busy}>Continue to ${service.brand}</button>
        <button class="button" type="button" @click=${() => this.dialog.close()}>Not now</button>
      </div>
    </form>`;
  }

  #notSetUp() {
    const { kind, name, register, guide } = this.service;
    return html`<div class="stack">
      <p>${name} is not set up on this installation yet. Until it is, nobody can connect it.</p>
      <p>
        ${register} <code>${window.location.origin}/oauth/calendar/${kind}/callback</code>, and starts Convene with the
        settings <code>CONVENE_${kind.toUpperCase()}_CLIENT_ID</code> and
        <code>CONVENE_${kind.toUpperCase()}_CLIENT_SECRET</code>. The guide “${guide}” in Convene’s documentation has every
        step.
      </p>
      <div class="actions"><button class="button" type="button" @click=${() => this.dialog.close()}>Close</button></div>
    </div>`;
  }
}
define("sign-in-dialog", SignInDialog);
