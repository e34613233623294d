/** `<subscribe-calendar-dialog>`: asks for the address of a calendar that is only read; for a refused one for its new address. */
import { html, nothing } from "lit";
import { define } from "../../internal/element.ts";
import type { Connection } from "../platform.ts";
import { failure } from "../ui/parts.ts";
import { submitButton, textField } from "../ui/text-field.ts";
import { ConnectionDialog, statement } from "./connection-dialog.ts";

const PLAIN_STATEMENT = [
  ["What we read", "Every event of that calendar, again and again: when it is and whether it makes you busy. Titles stay with you."],
  ["What we write", "Nothing. A calendar that is read by its address cannot be changed."],
  ["What colleagues see", "When you are free. Never what you do."],
  ["How to stop", "“Disconnect” on this page forgets the address at once. The service can also give the calendar a new one."],
] as const;
const PLACES = [
  ["Google Calendar", "Settings, the calendar’s name, “Integrate calendar”: the secret address in iCal format."],
  ["Outlook.com and Microsoft 365", "Settings, Calendar, “Shared calendars”, “Publish a calendar”: the ICS link."],
  ["iCloud", "The calendar’s share button, “Public Calendar”: the link that begins with webcal://."],
] as const;

export class SubscribeCalendarDialog extends ConnectionDialog {
  protected override missing({ url = "" }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return url.trim() === "" ? { url: "Paste the calendar’s address." } : {};
  }

  protected override send(values: Readonly<Record<string, string>>): Promise<Connection> {
    const path = "/api/calendar-connections";
    const url = (values["url"] ?? "").trim();
    const label = (values["label"] ?? "").trim();
    if (this.refused !== null) return this.api.patch<Connection>(`${path}/${encodeURIComponent(this.refused.connection_id)}`, { url });
    return this.api.post<Connection>(path, { kind: "ics", url, ...(label === "" ? {} : { label }) });
  }

  protected override render() {
    const isNew = this.refused === null;
    return html`<cv-dialog .heading=${isNew ? "Subscribe to an address" : `New address of ${this.refused?.label ?? ""}`}>
      <form @submit=${this.submit} novalidate>
        ${this.problem === null ? nothing : failure("The calendar was not read.", this.problem)}
        ${textField({
          name: "url",
          label: "Address of the calendar",
          type: "url",
          required: true,
          placeholder: "https://… or webcal://…",
          hint: "It is kept encrypted and not shown again: whoever has it can read the calendar.",
          error: this.errors["url"],
        })}
        <details>
          <summary>Where do I find it?</summary>
          ${statement(PLACES)}
        </details>
        ${isNew
          ? html`${textField({ name: "label", label: "What to call it (optional)", placeholder: "School holidays", maxLength: 80, error: this.errors["label"] })}
              ${statement(PLAIN_STATEMENT)}`
          : nothing}
        <div class="actions">
          ${submitButton(isNew ? "Subscribe" : "Use this address", this.busy)}
          <button class="button" type="button" @click=${() => this.dialog.close()}>Not now</button>
        </div>
        ${this.busy ? html`<p class="hint" role="status">Reading the calendar there…</p>` : nothing}
      </form>
    </cv-dialog>`;
  }
}
define("subscribe-calendar-dialog", SubscribeCalendarDialog);
