/** `<connect-calendar-dialog>`: a CalDAV account; what happens is said before it happens. */
import { html, nothing } from "lit";
import { state } from "lit/decorators.js";
import { define } from "../../internal/element.ts";
import type { Connection } from "../platform.ts";
import { failure } from "../ui/parts.ts";
import { submitButton, textField } from "../ui/text-field.ts";
import { CALDAV_SERVICES, caldavService } from "./caldav-services.ts";
import { ConnectionDialog, statement } from "./connection-dialog.ts";

const READS = {
  all: "Start, end and whether you are busy, of every event in the calendars you choose. Titles stay with you.",
  busy: "When you are busy, and nothing else: no event is asked for.",
};
const WRITES = {
  all: "The meetings you book here, into one calendar that you choose, and nothing else.",
  busy: "Nothing. Meetings you book here are not written into this account.",
};

/** `<connect-calendar-dialog>`: asks for a CalDAV account; for a refused one only for its new password. */
export class ConnectCalendarDialog extends ConnectionDialog {
  @state() private service = "any";
  @state() private busyOnly = false;

  override show(refused: Connection | null): void {
    this.service = "any";
    this.busyOnly = false;
    super.show(refused);
  }

  protected override missing(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    if (this.refused !== null) return {};
    // A field that is not shown could not tell what is wrong with it.
    return this.#url(values) === "" ? { url: "Say where the calendars are." } : {};
  }

  protected override send(values: Readonly<Record<string, string>>): Promise<Connection> {
    const { username = "", password = "", label = "" } = values;
    const path = "/api/calendar-connections";
    if (this.refused !== null) return this.api.patch<Connection>(`${path}/${encodeURIComponent(this.refused.connection_id)}`, { password });
    return this.api.post<Connection>(path, {
      kind: "caldav",
      url: this.#url(values),
      username: username.trim(),
      password,
      ...(label.trim() === "" ? {} : { label: label.trim() }),
      ...(this.#isBusyOnly ? { access: "busy" } : {}),
    });
  }

  #url(values: Readonly<Record<string, string>>): string {
    return caldavService(this.service).url || (values["url"] ?? "").trim();
  }

  get #isBusyOnly(): boolean {
    return this.busyOnly && caldavService(this.service).tellsBusy;
  }

  protected override render() {
    const isNew = this.refused === null;
    const heading = isNew ? "Connect a calendar" : `Reconnect ${this.refused?.label || this.refused?.username}`;
    const hint = isNew ? caldavService(this.service).password : "Use an app password where the service offers one.";
    return html`<cv-dialog .heading=${heading}>
      <form @submit=${this.submit} novalidate>
        ${this.problem === null ? nothing : failure("The calendar was not connected.", this.problem)}
        ${isNew ? this.#account() : nothing}
        ${textField({ name: "password", label: "Password", type: "password", required: true, hint, error: this.errors["password"] })}
        ${isNew ? this.#access() : nothing}
        ${this.busy ? html`<p class="hint" role="status">Looking for your calendars there…</p>` : nothing}
        <div class="footer actions">
          ${submitButton(isNew ? "Connect" : "Reconnect", this.busy)}
          <button class="button" type="button" @click=${() => this.dialog.close()}>Not now</button>
        </div>
      </form>
    </cv-dialog>`;
  }

  #account() {
    const service = caldavService(this.service);
    const isNextcloud = service.value === "nextcloud";
    return html`
      <div class="field">
        <label for="service">Service</label>
        <select id="service" class="input" @change=${(event: Event) => (this.service = (event.target as HTMLSelectElement).value)}>
          ${CALDAV_SERVICES.map(({ value, label }) => html`<option value=${value} ?selected=${value === this.service}>${label}</option>`)}
        </select>
      </div>
      ${service.url !== "" && !this.errors["url"]
        ? nothing
        : textField({
            name: "url",
            label: "CalDAV address",
            type: "text",
            value: service.url,
            required: true,
            placeholder: isNextcloud ? "https://cloud.example.com/remote.php/dav" : "https://caldav.example.com/",
            hint: isNextcloud
              ? "The address of your Nextcloud is enough."
              : "The server’s address or your e-mail address is enough; Convene finds your calendars there.",
            error: this.errors["url"],
          })}
      ${textField({ name: "username", label: service.user, required: true, error: this.errors["username"] })}
      ${textField({ name: "label", label: "Name it (optional)", placeholder: "Work", maxLength: 80, error: this.errors["label"] })}
    `;
  }

  #access() {
    const { label, tellsBusy } = caldavService(this.service);
    const level = this.#isBusyOnly ? "busy" : "all";
    return html`<label class="check">
        <input
          type="checkbox"
          .checked=${this.#isBusyOnly}
          ?disabled=${!tellsBusy}
          @change=${(event: Event) => (this.busyOnly = (event.target as HTMLInputElement).checked)}
        />
        <span>Ask only for busy times${tellsBusy ? nothing : html` <span class="muted">(${label} cannot tell them alone)</span>`}</span>
      </label>
      ${statement([
        ["What we read", READS[level]],
        ["What we write", WRITES[level]],
        ["What colleagues see", "When you are free. Never what you do."],
        ["How to stop", "“Disconnect” on this page forgets the password at once. You can also withdraw it at the service."],
      ])}`;
  }
}

define("connect-calendar-dialog", ConnectCalendarDialog);
