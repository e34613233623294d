/** `<subscribe-calendar-dialog>`: asks for the address of a calendar that is only read; for a refused one for its new address. */
import { css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ApiError, type ApiClient } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { button, field, notice } from "../../styles/shared.ts";
import type { Connection } from "../platform.ts";
import { failure } from "../ui/parts.ts";
import { page, parts } from "../ui/styles.ts";
import { focusFirstInvalid, formValues, submitButton, textField } from "../ui/text-field.ts";

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

export class SubscribeCalendarDialog extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    field,
    notice,
    parts,
    page,
    css`
      form {
        display: grid;
        gap: var(--cv-space-4);
      }
      dl {
        display: grid;
        gap: var(--cv-space-2);
        padding: var(--cv-space-3) var(--cv-space-4);
        border-radius: var(--cv-radius);
        background: var(--cv-surface-sunken);
        font-size: var(--cv-text-sm);
      }
      dt {
        font-weight: 600;
      }
      summary {
        min-block-size: var(--cv-target);
        align-content: center;
        cursor: pointer;
      }
    `,
  );

  @property({ attribute: false }) api!: ApiClient;
  @state() private refused: Connection | null = null;
  @state() private busy = false;
  @state() private problem: unknown = null;
  @state() private errors: Readonly<Record<string, string>> = {};
  @query("cv-dialog") private dialog!: DialogElement;

  /** Opens for a new calendar, or for the new address of one that cannot be read any more. */
  show(refused: Connection | null): void {
    this.refused = refused;
    this.busy = false;
    this.problem = null;
    this.errors = {};
    this.renderRoot.querySelector("form")?.reset();
    this.dialog.show();
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    const { url = "", label = "" } = formValues(event.target as HTMLFormElement);
    this.problem = null;
    this.errors = {};
    if (url.trim() === "") {
      this.errors = { url: "Paste the calendar’s address." };
      void this.updateComplete.then(() => focusFirstInvalid(this.renderRoot));
      return;
    }
    this.busy = true;
    try {
      const connection = await this.#send(url.trim(), label.trim());
      this.dialog.close();
      this.emit("calendar-connected", connection);
    } catch (error) {
      if (error instanceof ApiError && Object.keys(error.fields).length > 0) this.errors = error.fields;
      else this.problem = error;
      void this.updateComplete.then(() => focusFirstInvalid(this.renderRoot));
    } finally {
      this.busy = false;
    }
  }

  #send(url: string, label: string): Promise<Connection> {
    const path = "/api/calendar-connections";
    if (this.refused !== null) return this.api.patch<Connection>(`${path}/${encodeURIComponent(this.refused.connection_id)}`, { url });
    return this.api.post<Connection>(path, { kind: "ics", url, ...(label === "" ? {} : { label }) });
  }

  protected override render() {
    const isNew = this.refused === null;
    return html`<cv-dialog .heading=${isNew ? "Subscribe to an address" : `New address of ${this.refused?.label ?? ""}`}>
      <form @submit=${this.#submit} novalidate>
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
          <dl>
            ${PLACES.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`)}
          </dl>
        </details>
        ${isNew
          ? html`${textField({ name: "label", label: "What to call it (optional)", placeholder: "School holidays", maxLength: 80, error: this.errors["label"] })}
              <dl>
                ${PLAIN_STATEMENT.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`)}
              </dl>`
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
