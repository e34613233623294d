/** `<settings-authorizations>`: which applications may act for me, what each may do, and the end of it with one press. */
import { css, html } from "lit";
import { query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { define } from "../../internal/element.ts";
import type { Authorization } from "../platform.ts";
import { appIcon } from "../ui/icons.ts";
import { Fetched } from "../ui/fetched.ts";
import { empty, reason } from "../ui/parts.ts";
import { SettingsPageElement } from "./page.ts";

export class SettingsAuthorizations extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    .allowed {
      margin-block-start: var(--cv-space-1);
      padding-inline-start: 1.1rem;
      list-style: disc;
      font-size: var(--cv-text-sm);
    }
  `);

  readonly #authorizations = new Fetched(this, () =>
    this.api.get<{ authorizations: Authorization[] }>("/api/authorizations"),
  );
  @state() private ending: Authorization | null = null;
  @query("#end") private endDialog!: DialogElement;

  async #end(): Promise<void> {
    if (this.ending === null) return;
    const { name, client_id: clientId } = this.ending;
    this.endDialog.close();
    try {
      await this.api.delete(`/api/authorizations/${encodeURIComponent(clientId)}`);
      this.say(`${name} no longer acts for you.`);
    } catch (error) {
      this.say(`${name} still acts for you. ${reason(error)}`, "assertive");
    }
    void this.#authorizations.reload();
  }

  protected override render() {
    return html`
      <section class="panel">
        <div class="panel-head">
          <p class="lead">Applications that you allowed to use your calendars. Ending one stops it at once; what it wrote stays.</p>
        </div>
        ${this.#authorizations.render("Connected apps", ({ authorizations }) =>
          authorizations.length === 0
            ? empty(appIcon("plug"), "No application acts for you", "One that wants to will send you to a page that asks first.")
            : html`<ul class="rows">
                ${authorizations.map((item) => this.#row(item))}
              </ul>`,
        )}
      </section>
      <cv-dialog id="end" size="small" dialog-role="alertdialog" heading="End this?">
        <p><strong>${this.ending?.name}</strong> can no longer use your calendars from now on. You can allow it again later.</p>
        <div slot="footer" class="actions">
          <button class="button danger" type="button" @click=${this.#end}>End it</button>
          <button class="button" type="button" @click=${() => this.endDialog.close()}>Keep it</button>
        </div>
      </cv-dialog>
    `;
  }

  #row(item: Authorization) {
    return html`<li class="row-line">
      <div class="grow">
        <p class="name">${item.name}</p>
        <p class="small muted">Allowed ${this.ago(item.created_at)}</p>
        <ul class="allowed">
          ${item.allowed.map((sentence) => html`<li>${sentence}</li>`)}
        </ul>
      </div>
      <button
        class="button small"
        type="button"
        aria-label="End what ${item.name} may do"
        @click=${() => {
          this.ending = item;
          this.endDialog.show();
        }}
      >
        End
      </button>
    </li>`;
  }
}
define("settings-authorizations", SettingsAuthorizations);
