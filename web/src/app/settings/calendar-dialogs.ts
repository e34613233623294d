/** `<connect-calendar-dialog>`: a CalDAV account; what happens is said before it happens. */
import { html, nothing } from "lit";
import { define } from "../../internal/element.ts";
import type { Connection } from "../platform.ts";
import { failure } from "../ui/parts.ts";
import { submitButton, textField } from "../ui/text-field.ts";
import { ConnectionDialog, statement } from "./connection-dialog.ts";

const PLAIN_STATEMENT = [
  ["What we read", "Start, end and whether you are busy, of every event in the calendars you choose. Titles stay with you."],
  ["What we write", "The meetings you book here, into one calendar that you choose, and nothing else."],
  ["What colleagues see", "When you are free. Never what you do."],
  ["How to stop", "“Disconnect” on this page forgets the password at once. You can also withdraw it at the service."],
] as const;

/** `<connect-calendar-dialog>`: asks for a CalDAV account; for a refused one only for its new password. */
export class ConnectCalendarDialog extends ConnectionDialog {
  protected override send(values: Readonly<Record<string, string>>): Promise<Connection> {
    const { url = "", username = "", password = "", label = "" } = values;
    const path = "/api/calendar-connections";
    if (this.refused !== null) return this.api.patch<Connection>(`${path}/${encodeURIComponent(this.refused.connection_id)}`, { password });
    return this.api.post<Connection>(path, {
      kind: "caldav",
      url: withScheme(url.trim()),
      username: username.trim(),
      password,
      ...(label.trim() === "" ? {} : { label: label.trim() }),
    });
  }

  protected override render() {
    const heading = this.refused === null ? "Connect a calendar" : `Reconnect ${this.refused.label || this.refused.username}`;
    return html`<cv-dialog .heading=${heading}>
      <form @submit=${this.submit} novalidate>
        ${this.problem === null ? nothing : failure("The calendar was not connected.", this.problem)}
        ${this.refused === null ? this.#account() : nothing}
        ${textField({
          name: "password",
          label: "Password",
          type: "password",
          required: true,
          hint: "Use an app password where the service offers one (Apple, Fastmail, Nextcloud).",
          error: this.errors["password"],
        })}
        ${this.refused === null
          ? statement(PLAIN_STATEMENT)
          : nothing}
        ${this.busy ? html`<p class="hint" role="status">Looking for your calendars there…</p>` : nothing}
        <div class="footer actions">
          ${submitButton(this.refused === null ? "Connect" : "Reconnect", this.busy)}
          <button class="button" type="button" @click=${() => this.dialog.close()}>Not now</button>
        </div>
      </form>
    </cv-dialog>`;
  }

  #account() {
    return html`
      ${textField({
        name: "url",
        label: "CalDAV address",
        type: "url",
        required: true,
        placeholder: "https://caldav.example.com/",
        hint: "The address of the server is enough; Convene finds your calendars there.",
        error: this.errors["url"],
      })}
      ${textField({ name: "username", label: "User name", autocomplete: "off", required: true, error: this.errors["username"] })}
      ${textField({ name: "label", label: "Name it (optional)", placeholder: "Work", maxLength: 80, error: this.errors["label"] })}
    `;
  }
}

function withScheme(address: string): string {
  return address === "" || /^[a-z]+:\/\//iu.test(address) ? address : `https://${address}`;
}

define("connect-calendar-dialog", ConnectCalendarDialog);
