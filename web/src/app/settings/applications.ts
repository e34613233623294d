/** `<settings-applications>`: programs that speak Cronofy's language to this organisation: who they are, their secrets. */
import { css, html, nothing } from "lit";
import { query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ApiError } from "../../internal/api-client.ts";
import { define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import type { Application } from "../platform.ts";
import "../ui/copy.ts";
import { appIcon } from "../ui/icons.ts";
import { Fetched } from "../ui/fetched.ts";
import { empty, failure, reason } from "../ui/parts.ts";
import { fieldError, focusFirstInvalid, formValues, submitButton, textField } from "../ui/text-field.ts";
import { SettingsPageElement } from "./page.ts";

/** What is asked before it is done. */
type Question = "rotate" | "remove" | "service";

export class SettingsApplications extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    form {
      display: grid;
      gap: var(--cv-space-4);
    }
    textarea.input {
      resize: vertical;
      font-family: var(--cv-font-mono);
      white-space: pre;
      overflow-x: auto;
    }
    .addresses {
      margin-block-start: var(--cv-space-1);
      font-size: var(--cv-text-sm);
      overflow-wrap: anywhere;
    }
    .row-line {
      align-items: start;
      flex-wrap: wrap;
    }
    .row-line .grow {
      flex-basis: 16rem;
    }
    .id {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--cv-space-2);
      margin-block: var(--cv-space-1);
      overflow-wrap: anywhere;
    }
  `);

  readonly #applications = new Fetched(this, () => this.api.get<{ applications: Application[] }>("/api/applications"));
  /** In the form: one that is changed, or none for a new one. */
  @state() private edited: Application | null = null;
  /** With its secret, shown once. */
  @state() private made: Application | null = null;
  @state() private meant: Application | null = null;
  @state() private question: Question = "rotate";
  @state() private busy = false;
  @state() private problem: unknown = null;
  @state() private errors: Readonly<Record<string, string>> = {};
  @query("#edit") private editDialog!: DialogElement;
  @query("#ask") private askDialog!: DialogElement;

  #open(application: Application | null): void {
    this.edited = application;
    this.made = null;
    this.problem = null;
    this.errors = {};
    this.editDialog.show();
  }

  #ask(question: Question, application: Application): void {
    this.question = question;
    this.meant = application;
    this.askDialog.show();
  }

  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    const values = formValues(event.target as HTMLFormElement);
    const addresses = (values["redirect_uris"] ?? "").split(/\s+/u).filter(Boolean);
    const body = { name: (values["name"] ?? "").trim(), redirect_uris: addresses };
    this.busy = true;
    this.errors = {};
    this.problem = null;
    try {
      if (this.edited === null) {
        this.made = await this.api.post<Application>("/api/applications", body);
      } else {
        await this.api.patch(this.#path(this.edited), body);
        this.editDialog.close();
        this.say(`${body.name} was changed.`);
      }
      void this.#applications.reload();
    } catch (error) {
      if (error instanceof ApiError && Object.keys(error.fields).length > 0) this.errors = error.fields;
      else this.problem = error;
      void this.updateComplete.then(() => focusFirstInvalid(this.renderRoot));
    } finally {
      this.busy = false;
    }
  }

  readonly #answer = async (): Promise<void> => {
    const { meant, question } = this;
    if (meant === null) return;
    this.askDialog.close();
    try {
      if (question === "rotate") {
        this.edited = null;
        this.made = await this.api.post<Application>(`${this.#path(meant)}/secret`, {});
        this.editDialog.show();
      } else if (question === "service") {
        await this.api.delete(`${this.#path(meant)}/service-account`);
        this.say(`${meant.name} no longer acts for the organisation.`);
      } else {
        await this.api.delete(this.#path(meant));
        this.say(`${meant.name} was removed.`);
      }
    } catch (error) {
      this.say(`Nothing was changed. ${reason(error)}`, "assertive");
    }
    void this.#applications.reload();
  };

  #path(application: Application): string {
    return `/api/applications/${encodeURIComponent(application.client_id)}`;
  }

  protected override render() {
    const heading = this.made !== null ? this.made.name : this.edited !== null ? "Change application" : "New application";
    return html`
      <section class="panel">
        <div class="panel-head">
          <p class="lead">Programs that use Convene as they would use Cronofy: each asks people for access to their calendars.</p>
          <button class="button primary" type="button" @click=${() => this.#open(null)}>${icon("plus")}New application</button>
        </div>
        ${this.#applications.render("Applications", ({ applications }) =>
          applications.length === 0
            ? empty(appIcon("plug"), "No applications yet", "Register one to get its client id and secret.")
            : html`<ul class="rows">
                ${applications.map((item) => this.#row(item))}
              </ul>`,
        )}
      </section>
      <cv-dialog id="edit" @cv-close=${() => (this.made = null)} .heading=${heading}>
        ${this.made === null ? this.#form() : this.#shown(this.made)}
      </cv-dialog>
      <cv-dialog id="ask" size="small" dialog-role="alertdialog" .heading=${this.#words().heading}>
        <p>${this.#words().text}</p>
        <div slot="footer" class="actions">
          <button class="button ${this.question === "rotate" ? "primary" : "danger"}" type="button" @click=${this.#answer}>
            ${this.#words().act}
          </button>
          <button class="button" type="button" @click=${() => this.askDialog.close()}>Leave it</button>
        </div>
      </cv-dialog>
    `;
  }

  #words(): { heading: string; text: unknown; act: string } {
    const name = html`<strong>${this.meant?.name}</strong>`;
    switch (this.question) {
      case "rotate":
        return {
          heading: "Make a new secret?",
          text: html`The present secret of ${name} works for 24 hours more, so that you can put the new one in its place.`,
          act: "Make a new secret",
        };
      case "service":
        return {
          heading: "End its access to everybody?",
          text: html`${name} can no longer obtain access to colleagues’ calendars. Access that it has stays until each is ended.`,
          act: "End it",
        };
      case "remove":
        return {
          heading: "Remove this application?",
          text: html`${name} stops working at once, for everybody. Its rules are deleted, and its booking links take no more
          bookings; what was booked and events that it made stay. This cannot be undone.`,
          act: "Remove it",
        };
    }
  }

  #row(item: Application) {
    const people = item.authorized_count === 1 ? "1 account" : `${item.authorized_count} accounts`;
    return html`<li class="row-line">
      <div class="grow">
        <p class="name">${item.name}</p>
        <p class="id small"><code class="mono">${item.client_id}</code><copy-button label="Copy id" .value=${item.client_id}></copy-button></p>
        <p class="small muted">
          Acts for ${people}${item.has_service_account ? html` and for the <strong>whole organisation</strong>` : nothing}
          ${item.old_secret_until === null ? nothing : html` · old secret works until ${this.at(item.old_secret_until)}`}
        </p>
        <ul class="addresses mono muted">
          ${item.redirect_uris.map((address) => html`<li>${address}</li>`)}
        </ul>
      </div>
      <div class="actions">
        <button class="button small" type="button" aria-label="Change ${item.name}" @click=${() => this.#open(item)}>Change</button>
        <button class="button small" type="button" aria-label="New secret for ${item.name}" @click=${() => this.#ask("rotate", item)}>
          New secret
        </button>
        ${item.has_service_account
          ? html`<button
              class="button small"
              type="button"
              aria-label="End ${item.name}’s access to everybody"
              @click=${() => this.#ask("service", item)}
            >
              End access to all
            </button>`
          : nothing}
        <button class="button small" type="button" aria-label="Remove ${item.name}" @click=${() => this.#ask("remove", item)}>
          Remove
        </button>
      </div>
    </li>`;
  }

  #form() {
    const { edited, errors } = this;
    return html`<form @submit=${this.#save} novalidate>
      ${this.problem === null ? nothing : failure("Nothing was saved.", this.problem)}
      ${textField({ name: "name", label: "Name", value: edited?.name ?? "", required: true, placeholder: "Recruiting", hint: "People see it when they are asked.", error: errors["name"] })}
      <div class="field">
        <label for="redirect_uris">Addresses it may send people back to, one per line</label>
        <textarea
          class="input"
          id="redirect_uris"
          name="redirect_uris"
          rows="4"
          spellcheck="false"
          autocapitalize="off"
          placeholder="https://app.example.com/oauth/callback"
          aria-invalid=${errors["redirect_uris"] ? "true" : nothing}
          aria-describedby=${errors["redirect_uris"] ? "redirect_uris-hint redirect_uris-error" : "redirect_uris-hint"}
          .value=${edited?.redirect_uris.join("\n") ?? ""}
        ></textarea>
        <p class="hint" id="redirect_uris-hint">Compared exactly. https, or http to this machine; a host may begin with *.</p>
        ${fieldError("redirect_uris", errors["redirect_uris"])}
      </div>
      ${submitButton(edited === null ? "Register it" : "Save", this.busy)}
    </form>`;
  }

  #shown(made: Application) {
    return html`<div class="secret">
      <p>Copy the secret now. Convene keeps it sealed and cannot show it again.</p>
      <p class="small muted">Client id</p>
      <div class="secret-value"><code>${made.client_id}</code><copy-button .value=${made.client_id}></copy-button></div>
      <p class="small muted">Client secret</p>
      <div class="secret-value"><code>${made.client_secret}</code><copy-button .value=${made.client_secret ?? ""}></copy-button></div>
      ${made.old_secret_until === null
        ? nothing
        : html`<p class="small">The old secret works until ${this.at(made.old_secret_until)}.</p>`}
    </div>`;
  }
}
define("settings-applications", SettingsApplications);
