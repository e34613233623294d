/** Connecting and disconnecting a calendar: what happens is said before it happens. */
import { css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { button, field, notice } from "../../styles/shared.ts";
import type { Connection } from "../platform.ts";
import { failure } from "../ui/parts.ts";
import { page, parts } from "../ui/styles.ts";
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

/** `<disconnect-dialog>`: what should become of the meetings that were written there. */
export class DisconnectDialog extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    field,
    notice,
    parts,
    page,
    css`
      .stack {
        display: grid;
        gap: var(--cv-space-3);
      }
      .check input {
        inline-size: 1.25rem;
        block-size: 1.25rem;
      }
    `,
  );

  @property({ attribute: false }) disconnect!: (connection: Connection, removesFuture: boolean) => Promise<void>;
  @state() private connection: Connection | null = null;
  @state() private removesFuture = false;
  @state() private busy = false;
  @state() private problem: unknown = null;
  @query("cv-dialog") private dialog!: DialogElement;

  show(connection: Connection): void {
    this.connection = connection;
    this.removesFuture = false;
    this.problem = null;
    this.dialog.show();
  }

  async #confirm(): Promise<void> {
    if (this.busy || this.connection === null) return;
    this.busy = true;
    this.problem = null;
    try {
      await this.disconnect(this.connection, this.removesFuture);
      this.dialog.close();
    } catch (error) {
      this.problem = error;
    } finally {
      this.busy = false;
    }
  }

  protected override render() {
    const name = this.connection?.label || this.connection?.username || "this calendar";
    return html`<cv-dialog size="small" dialog-role="alertdialog" .heading=${`Disconnect ${name}?`}>
      <div class="stack">
        ${this.problem === null ? nothing : failure("It is still connected.", this.problem)}
        <p>
          ${this.connection?.kind === "google"
            ? "Convene forgets its access at once, gives it back to Google, and no longer knows when you are busy there."
            : `Convene forgets the ${this.connection?.kind === "ics" ? "address" : "password"} at once and no longer knows when you are busy there.`}
        </p>
        ${this.connection?.kind === "ics" ? nothing : this.#written()}
        <div class="actions">
          <button class="button danger" type="button" aria-busy=${this.busy} @click=${this.#confirm}>
            ${icon("trash")}Disconnect
          </button>
          <button class="button" type="button" @click=${() => this.dialog.close()}>Keep it</button>
        </div>
      </div>
    </cv-dialog>`;
  }

  #written() {
    return html`<fieldset>
        <legend>Meetings already written there</legend>
        ${this.#choice(false, "Leave them in that calendar")} ${this.#choice(true, "Remove future ones from that calendar")}
      </fieldset>
      <p class="hint">Either way they stay booked in Convene.</p>`;
  }

  #choice(value: boolean, label: string) {
    return html`<div>
      <label class="check">
        <input type="radio" name="future" .checked=${this.removesFuture === value} @change=${() => (this.removesFuture = value)} />
        <span>${label}</span>
      </label>
    </div>`;
  }
}
define("connect-calendar-dialog", ConnectCalendarDialog);
define("disconnect-dialog", DisconnectDialog);
