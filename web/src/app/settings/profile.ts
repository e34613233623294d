/** `<settings-profile>`: how colleagues see one: name, title, pronouns, phone, zone, and whether free times are shared. */
import { css, html } from "lit";
import { state } from "lit/decorators.js";
import "../../elements/zone-select/zone-select.ts";
import { ApiError } from "../../internal/api-client.ts";
import { define } from "../../internal/element.ts";
import { deviceZone, zoneCity } from "../../internal/time.ts";
import type { Account } from "../platform.ts";
import { failure } from "../ui/parts.ts";
import { focusFirstInvalid, formValues, submitButton, textField } from "../ui/text-field.ts";
import { SettingsPageElement } from "./page.ts";

const SHARING = [
  { value: "free_busy", label: "Free and busy times", hint: "Colleagues see when you can be booked, never what you do." },
  { value: "nobody", label: "Nothing", hint: "Nobody sees your times, and nobody can book you." },
];

export class SettingsProfile extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    .choice {
      display: grid;
      grid-template-columns: auto 1fr;
      gap: 0 var(--cv-space-3);
      padding-block: var(--cv-space-2);
      cursor: pointer;
    }
    .choice input {
      inline-size: 1.5rem;
      block-size: 1.5rem;
      margin: 0;
      accent-color: var(--cv-accent);
    }
    .choice small {
      grid-column: 2;
      font-size: var(--cv-text-sm);
      color: var(--cv-ink-muted);
    }
    .travel {
      margin-block-start: var(--cv-space-2);
    }
  `);

  @state() private busy = false;
  @state() private problem: unknown = null;
  @state() private errors: Readonly<Record<string, string>> = {};
  @state() private zone: string | null = null;

  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    const { name = "", title = "", pronouns = "", phone = "", sharing = "free_busy" } = formValues(event.target as HTMLFormElement);
    this.busy = true;
    this.problem = null;
    this.errors = {};
    try {
      const answer = await this.api.patch<Account | { account: Account }>("/api/members/me", {
        name,
        title,
        pronouns,
        phone,
        sharing,
        tzid: this.zone ?? this.tzid,
      });
      this.session.accountChanged("account" in answer ? answer.account : answer);
      this.zone = null;
      this.say("Profile saved.");
    } catch (error) {
      if (error instanceof ApiError && Object.keys(error.fields).length > 0) this.errors = error.fields;
      else this.problem = error;
      void this.updateComplete.then(() => focusFirstInvalid(this.renderRoot));
    } finally {
      this.busy = false;
    }
  }

  protected override render() {
    const account = this.session.account!;
    const zone = this.zone ?? account.tzid;
    const device = deviceZone();
    return html`<form @submit=${this.#save}>
      <section class="panel form">
        ${this.problem === null ? "" : failure("Your profile was not saved.", this.problem)}
        ${textField({ name: "name", label: "Name", value: account.name, autocomplete: "name", required: true, error: this.errors["name"] })}
        <div class="pair">
          ${textField({ name: "title", label: "Title", value: account.title, autocomplete: "organization-title", error: this.errors["title"] })}
          ${textField({ name: "pronouns", label: "Pronouns", value: account.pronouns, placeholder: "she/her", error: this.errors["pronouns"] })}
        </div>
        <div class="pair">
          ${textField({ name: "phone", label: "Phone", type: "tel", value: account.phone, autocomplete: "tel", error: this.errors["phone"] })}
          <div class="field">
            <span class="label">E-mail</span>
            <p>${account.email}</p>
            <p class="hint">An administrator can invite you with another address.</p>
          </div>
        </div>
        <div>
          <cv-zone-select
            label="Time zone"
            .value=${zone}
            @cv-change=${(event: CustomEvent<{ tzid: string }>) => (this.zone = event.detail.tzid)}
          ></cv-zone-select>
          ${zone === device
            ? ""
            : html`<p class="hint travel">
                This device is in ${zoneCity(device)}.
                <button class="link" type="button" @click=${() => (this.zone = device)}>Use it</button>
              </p>`}
        </div>
        <fieldset>
          <legend>What colleagues see of your calendars</legend>
          ${SHARING.map(
            (choice) =>
              html`<label class="choice">
                <input type="radio" name="sharing" value=${choice.value} .checked=${account.sharing === choice.value} />
                <span>${choice.label}</span><small>${choice.hint}</small>
              </label>`,
          )}
        </fieldset>
        <div class="actions">${submitButton("Save", this.busy)}</div>
      </section>
    </form>`;
  }
}
define("settings-profile", SettingsProfile);
