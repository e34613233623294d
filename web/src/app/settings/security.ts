/** `<settings-security>`: one's password and the places where one is signed in. */
import { html } from "lit";
import { state } from "lit/decorators.js";
import { ApiError } from "../../internal/api-client.ts";
import { define } from "../../internal/element.ts";
import type { SessionEntry } from "../platform.ts";
import { Fetched } from "../ui/fetched.ts";
import { failure, reason } from "../ui/parts.ts";
import { focusFirstInvalid, formValues, submitButton, textField } from "../ui/text-field.ts";
import { SettingsPageElement } from "./page.ts";

export class SettingsSecurity extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf();

  readonly #sessions = new Fetched(this, () => this.api.get<{ sessions: SessionEntry[] }>("/api/sessions"));
  @state() private busy = false;
  @state() private problem: unknown = null;
  @state() private errors: Readonly<Record<string, string>> = {};

  async #changePassword(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    const form = event.target as HTMLFormElement;
    const { current_password = "", password = "" } = formValues(form);
    this.busy = true;
    this.problem = null;
    this.errors = {};
    try {
      await this.api.patch("/api/members/me", { password, current_password });
      form.reset();
      this.say("Password changed.");
      void this.#sessions.reload();
    } catch (error) {
      if (error instanceof ApiError && Object.keys(error.fields).length > 0) this.errors = error.fields;
      else this.problem = error;
      void this.updateComplete.then(() => focusFirstInvalid(this.renderRoot));
    } finally {
      this.busy = false;
    }
  }

  async #end(one: SessionEntry): Promise<void> {
    try {
      await this.api.delete(`/api/sessions/${encodeURIComponent(one.session_id)}`);
      this.say(`${deviceName(one.user_agent)} is signed out.`);
    } catch (error) {
      this.say(`It is still signed in. ${reason(error)}`, "assertive");
    }
    void this.#sessions.reload();
  }

  async #signOutEverywhere(): Promise<void> {
    try {
      await this.session.signOut(true);
    } catch (error) {
      this.say(`Nothing was changed. ${reason(error)}`, "assertive");
    }
  }

  protected override render() {
    return html`
      <section class="panel">
        <h2>Password</h2>
        <form class="form" @submit=${this.#changePassword}>
          ${this.problem === null ? "" : failure("The password was not changed.", this.problem)}
          <input type="hidden" name="username" autocomplete="username" .value=${this.session.account?.email ?? ""} />
          ${textField({
            name: "current_password",
            label: "Current password",
            type: "password",
            autocomplete: "current-password",
            required: true,
            error: this.errors["current_password"],
          })}
          ${textField({
            name: "password",
            label: "New password",
            type: "password",
            autocomplete: "new-password",
            required: true,
            hint: "At least 8 characters. A few unrelated words are good.",
            error: this.errors["password"],
          })}
          <div class="actions">${submitButton("Change password", this.busy)}</div>
        </form>
      </section>
      <section class="panel">
        <div class="panel-head">
          <h2>Where you are signed in</h2>
          <button class="button small" type="button" @click=${this.#signOutEverywhere}>Sign out everywhere</button>
        </div>
        ${this.#sessions.render("Your sessions", ({ sessions }) => html`<ul class="rows">${sessions.map((one) => this.#row(one))}</ul>`)}
      </section>
    `;
  }

  #row(one: SessionEntry) {
    return html`<li class="row-line">
      <div class="grow">
        <p class="name">${deviceName(one.user_agent)}</p>
        <p class="small muted">${one.ip} · since ${this.at(one.created_at)} · active ${this.ago(one.last_seen_at)}</p>
      </div>
      ${one.is_current
        ? html`<span class="chip ok">This window</span>`
        : html`<button
            class="button small"
            type="button"
            aria-label="Sign out ${deviceName(one.user_agent)}, active ${this.ago(one.last_seen_at)}"
            @click=${() => this.#end(one)}
          >
            Sign out
          </button>`}
    </li>`;
  }
}

/** "Firefox on Linux" of what a browser says about itself; the whole text if it is none we know. */
export function deviceName(userAgent: string): string {
  const browser = /Edg\//u.test(userAgent)
    ? "Edge"
    : /Firefox\//u.test(userAgent)
      ? "Firefox"
      : /Chrome\//u.test(userAgent)
        ? "Chrome"
        : /Safari\//u.test(userAgent)
          ? "Safari"
          : null;
  const system = (
    [
      [/Android/u, "Android"],
      [/iPhone|iPad/u, "iOS"],
      [/Mac OS X/u, "macOS"],
      [/Windows/u, "Windows"],
      [/Linux/u, "Linux"],
    ] as const
  ).find(([pattern]) => pattern.test(userAgent))?.[1];
  if (browser === null) return userAgent || "Unknown device";
  return system === undefined ? browser : `${browser} on ${system}`;
}
define("settings-security", SettingsSecurity);
