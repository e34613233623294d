/** `<settings-keys>`: service keys for other programs: what each may do, shown once, taken back with one press. */
import { css, html, nothing } from "lit";
import { query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ApiError } from "../../internal/api-client.ts";
import { define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import type { ApiKey, Grant } from "../platform.ts";
import "../ui/copy.ts";
import { appIcon } from "../ui/icons.ts";
import { Fetched } from "../ui/fetched.ts";
import { empty, failure, reason } from "../ui/parts.ts";
import { fieldError, focusFirstInvalid, formValues, submitButton, textField } from "../ui/text-field.ts";
import { SettingsPageElement } from "./page.ts";

export class SettingsKeys extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    form {
      display: grid;
      gap: var(--cv-space-4);
    }
    .grants {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr));
      gap: var(--cv-space-3) var(--cv-space-4);
      margin-block-start: var(--cv-space-2);
    }
    .group-name {
      font-size: var(--cv-text-sm);
      color: var(--cv-ink-muted);
      text-transform: capitalize;
    }
    .grant {
      display: grid;
      grid-template-columns: auto 1fr;
      gap: 0 var(--cv-space-2);
      padding-block: var(--cv-space-1);
      cursor: pointer;
    }
    .grant input {
      inline-size: 1.5rem;
      block-size: 1.5rem;
      margin: 0;
      accent-color: var(--cv-accent);
    }
    .grant small {
      grid-column: 2;
      font-size: var(--cv-text-sm);
      color: var(--cv-ink-muted);
    }
    .chips {
      display: flex;
      flex-wrap: wrap;
      gap: var(--cv-space-1);
      margin-block-start: var(--cv-space-1);
    }
    .chip {
      white-space: normal;
    }
  `);

  readonly #keys = new Fetched(this, () => this.api.get<{ api_keys: ApiKey[] }>("/api/api-keys"));
  readonly #grants = new Fetched(this, () => this.api.get<{ grants: Grant[] }>("/api/grants"));
  @state() private made: ApiKey | null = null;
  @state() private revoking: ApiKey | null = null;
  @state() private busy = false;
  @state() private problem: unknown = null;
  @state() private errors: Readonly<Record<string, string>> = {};
  @query("#create") private createDialog!: DialogElement;
  @query("#revoke") private revokeDialog!: DialogElement;

  #openCreate(): void {
    this.made = null;
    this.problem = null;
    this.errors = {};
    this.createDialog.show();
  }

  async #create(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    const form = event.target as HTMLFormElement;
    const grants = new FormData(form).getAll("grant").map(String);
    this.errors = {};
    this.problem = null;
    if (grants.length === 0) {
      this.errors = { grants: "Choose at least one thing that the key may do." };
      return;
    }
    this.busy = true;
    try {
      this.made = await this.api.post<ApiKey>("/api/api-keys", { name: (formValues(form)["name"] ?? "").trim(), grants });
      void this.#keys.reload();
    } catch (error) {
      if (error instanceof ApiError && Object.keys(error.fields).length > 0) this.errors = error.fields;
      else this.problem = error;
      void this.updateComplete.then(() => focusFirstInvalid(this.renderRoot));
    } finally {
      this.busy = false;
    }
  }

  async #revoke(): Promise<void> {
    if (this.revoking === null) return;
    const key = this.revoking;
    this.revokeDialog.close();
    try {
      await this.api.delete(`/api/api-keys/${encodeURIComponent(key.key_id)}`);
      this.say(`${key.name} no longer works.`);
    } catch (error) {
      this.say(`${key.name} still works. ${reason(error)}`, "assertive");
    }
    void this.#keys.reload();
  }

  protected override render() {
    return html`
      <section class="panel">
        <div class="panel-head">
          <p class="lead">A key lets another program use Convene’s API within the limits you choose, for the whole organisation.</p>
          <button class="button primary" type="button" @click=${this.#openCreate}>${icon("plus")}New key</button>
        </div>
        ${this.#keys.render("API keys", ({ api_keys: keys }) =>
          keys.length === 0
            ? empty(appIcon("key"), "No keys yet", "Make one for each program, so that each can be taken back alone.")
            : html`<ul class="rows">
                ${keys.map((key) => this.#row(key))}
              </ul>`,
        )}
      </section>
      <cv-dialog id="create" @cv-close=${() => (this.made = null)} .heading=${this.made === null ? "New API key" : this.made.name}>
        ${this.made === null ? this.#form() : this.#shown(this.made)}
      </cv-dialog>
      <cv-dialog id="revoke" size="small" dialog-role="alertdialog" heading="Take this key back?">
        <p>Programs that use <strong>${this.revoking?.name}</strong> are refused from now on. This cannot be undone.</p>
        <div slot="footer" class="actions">
          <button class="button danger" type="button" @click=${this.#revoke}>Take it back</button>
          <button class="button" type="button" @click=${() => this.revokeDialog.close()}>Keep it</button>
        </div>
      </cv-dialog>
    `;
  }

  #row(key: ApiKey) {
    const used = key.last_used_at ? `last used ${this.ago(key.last_used_at)}` : "never used";
    return html`<li class="row-line">
      <div class="grow">
        <p class="name">${key.name}</p>
        <p class="small muted"><span class="mono">${key.prefix}…</span> · ${used}</p>
        <div class="chips">${key.grants.map((grant) => html`<span class="chip">${grant}</span>`)}</div>
      </div>
      <button
        class="button small"
        type="button"
        aria-label="Take back ${key.name}"
        @click=${() => {
          this.revoking = key;
          this.revokeDialog.show();
        }}
      >
        Take back
      </button>
    </li>`;
  }

  #form() {
    return html`<form @submit=${this.#create} novalidate>
      ${this.problem === null ? nothing : failure("No key was made.", this.problem)}
      ${textField({ name: "name", label: "What is it for?", required: true, placeholder: "Nightly report", error: this.errors["name"] })}
      <fieldset aria-describedby=${this.errors["grants"] ? "grants-error" : nothing}>
        <legend>It may</legend>
        ${this.#grants.render("What keys may do", ({ grants }) => this.#checklist(grants))}
        ${fieldError("grants", this.errors["grants"])}
      </fieldset>
      ${submitButton("Make the key", this.busy)}
    </form>`;
  }

  /** Grants under the object that they are about: `bookings:read` and `bookings:write` under bookings. */
  #checklist(grants: Grant[]) {
    const groups = new Map<string, Grant[]>();
    for (const grant of grants) {
      const object = grant.grant.split(":")[0]!;
      groups.set(object, [...(groups.get(object) ?? []), grant]);
    }
    return html`<div class="grants">
      ${[...groups].map(
        ([object, members]) =>
          html`<div role="group" aria-label=${object.replace("_", " ")}>
            <p class="group-name">${object.replace("_", " ")}</p>
            ${members.map(
              ({ grant, description }) =>
                html`<label class="grant">
                  <input type="checkbox" name="grant" value=${grant} />
                  <span class="mono">${grant}</span><small>${description}</small>
                </label>`,
            )}
          </div>`,
      )}
    </div>`;
  }

  #shown(key: ApiKey) {
    return html`<div class="secret">
      <p>Copy the key now. Convene keeps only its fingerprint and cannot show it again.</p>
      <div class="secret-value"><code>${key.secret}</code><copy-button .value=${key.secret ?? ""}></copy-button></div>
    </div>`;
  }
}
define("settings-keys", SettingsKeys);
