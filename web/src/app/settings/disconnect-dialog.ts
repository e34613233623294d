/** `<disconnect-dialog>`: what should become of the meetings that were written there, and how to revoke access for good. */
import { css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ApiError, type ApiClient } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { formatDayOf, formatTime } from "../../internal/time.ts";
import { button, field, notice, skeleton } from "../../styles/shared.ts";
import type { Connection, FutureBooking } from "../platform.ts";
import { failure, skeletons } from "../ui/parts.ts";
import { page, parts } from "../ui/styles.ts";
import { title } from "./connection-words.ts";

interface Future {
  count: number;
  items: FutureBooking[];
}

/** What is forgotten here at once, and where access is withdrawn at the service. */
export function forgotten(kind: string): readonly [string, string] {
  switch (kind) {
    case "google":
      return [
        "Convene forgets its access at once, gives it back to Google, and no longer knows when you are busy there.",
        "To see for yourself: in your Google account under Security, “Your connections to third-party apps & services”.",
      ];
    case "microsoft":
      return [
        "Convene forgets its access at once and no longer knows when you are busy there.",
        "To withdraw it at Microsoft too: in your account under “Privacy”, “Apps and services”; at work or school at myapps.microsoft.com.",
      ];
    case "ics":
      return [
        "Convene forgets the address at once and no longer knows when you are busy there.",
        "Whoever else has the address can go on reading it; the service can give the calendar a new one.",
      ];
    default:
      return [
        "Convene forgets the password at once and no longer knows when you are busy there.",
        "If it was an app password, delete it at the service too.",
      ];
  }
}

export class DisconnectDialog extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    field,
    notice,
    skeleton,
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
      .future {
        margin-block: var(--cv-space-1) var(--cv-space-2);
        padding: var(--cv-space-2) var(--cv-space-3);
        border-radius: var(--cv-radius);
        background: var(--cv-surface-sunken);
        font-size: var(--cv-text-sm);
        overflow-wrap: anywhere;
      }
    `,
  );

  @property({ attribute: false }) api!: ApiClient;
  @property() tzid = "UTC";
  @property({ attribute: false }) disconnect!: (connection: Connection, removesFuture: boolean) => Promise<void>;
  @state() private connection: Connection | null = null;
  @state() private future: Future | "loading" | "unknown" = "loading";
  @state() private removesFuture = false;
  @state() private busy = false;
  @state() private problem: unknown = null;
  @query("cv-dialog") private dialog!: DialogElement;

  show(connection: Connection): void {
    this.connection = connection;
    this.removesFuture = false;
    this.problem = null;
    this.busy = false;
    this.dialog.show();
    void this.#look(connection);
  }

  /** Which meetings it is about; where that cannot be said, people choose without knowing. */
  async #look(connection: Connection): Promise<void> {
    this.future = "loading";
    let found: Future | "unknown";
    try {
      const path = `/api/calendar-connections/${encodeURIComponent(connection.connection_id)}/future-bookings`;
      found = await this.api.get<Future>(path);
    } catch {
      found = "unknown";
    }
    if (this.connection === connection) this.future = found;
  }

  async #confirm(): Promise<void> {
    if (this.busy || this.connection === null) return;
    this.busy = true;
    this.problem = null;
    try {
      await this.disconnect(this.connection, this.removesFuture);
      this.dialog.close();
    } catch (error) {
      this.problem = error instanceof ApiError ? error : new Error("The answer did not arrive.");
    } finally {
      this.busy = false;
    }
  }

  protected override render() {
    const { connection } = this;
    const [here, there] = forgotten(connection?.kind ?? "");
    return html`<cv-dialog size="small" dialog-role="alertdialog" .heading=${`Disconnect ${connection ? title(connection) : "this calendar"}?`}>
      <div class="stack">
        ${this.problem === null ? nothing : failure("It is still connected.", this.problem)}
        <p>${here}</p>
        ${this.#written()}
        <p class="hint">${there}</p>
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
    const { future } = this;
    if (this.connection?.kind === "ics") return nothing;
    if (future === "loading") return skeletons(1, "row", "Looking for meetings that were written there");
    if (future !== "unknown" && future.count === 0) return html`<p>No meeting to come was written there.</p>`;
    const legend =
      future === "unknown"
        ? "Meetings already written there"
        : future.count === 1
          ? "1 meeting to come was written there"
          : `${future.count} meetings to come were written there`;
    return html`<fieldset>
        <legend>${legend}</legend>
        ${future === "unknown" ? nothing : this.#meetings(future)}
        ${this.#choice(false, "Leave them in that calendar")} ${this.#choice(true, "Remove future ones from that calendar")}
      </fieldset>
      <p class="hint">Either way they stay booked in Convene.</p>`;
  }

  #meetings({ count, items }: Future) {
    const shown = items.slice(0, 3);
    const more = count - shown.length;
    return html`<ul class="future">
      ${shown.map(
        ({ title, start }) =>
          html`<li>
            <strong>${title}</strong>
            <span class="muted">${formatDayOf(start, this.tzid, this.language)}, ${formatTime(start, this.tzid, this.language)}</span>
          </li>`,
      )}
      ${more > 0 ? html`<li class="muted">and ${more} more</li>` : nothing}
    </ul>`;
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
define("disconnect-dialog", DisconnectDialog);
