/** `<settings-audit>`: who did what to whom in this organisation, newest first. */
import { css, html } from "lit";
import { state } from "lit/decorators.js";
import { define } from "../../internal/element.ts";
import type { AuditEntry } from "../platform.ts";
import { appIcon } from "../ui/icons.ts";
import { Fetched } from "../ui/fetched.ts";
import { empty, reason } from "../ui/parts.ts";
import { actionWords } from "./audit-words.ts";
import { SettingsPageElement } from "./page.ts";

interface AuditPage {
  entries: AuditEntry[];
  next_before: number | null;
}

export class SettingsAudit extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    .scroll {
      overflow-x: auto;
    }
    table {
      inline-size: 100%;
      border-collapse: collapse;
      font-size: var(--cv-text-sm);
    }
    th {
      padding-block: 0 var(--cv-space-2);
      padding-inline: 0 var(--cv-space-3);
      text-align: start;
      font-weight: 600;
      color: var(--cv-ink-muted);
      white-space: nowrap;
    }
    td {
      padding-block: var(--cv-space-2);
      padding-inline: 0 var(--cv-space-3);
      border-block-start: 1px solid var(--cv-line);
      vertical-align: top;
      overflow-wrap: anywhere;
    }
    td.when,
    td.from {
      white-space: nowrap;
    }
    .code {
      display: block;
      font-size: var(--cv-text-xs);
    }
    @media (max-width: 559px) {
      thead {
        position: absolute;
        clip-path: inset(50%);
      }
      tr {
        display: grid;
        gap: 0 var(--cv-space-2);
        padding-block: var(--cv-space-2);
        border-block-start: 1px solid var(--cv-line);
      }
      tbody > tr:first-child {
        border-block-start: 0;
        padding-block-start: 0;
      }
      td {
        padding: 0;
        border: 0;
      }
    }
    .actions {
      margin-block-start: var(--cv-space-4);
    }
  `);

  readonly #log = new Fetched(this, () => this.api.get<AuditPage>("/api/audit"));
  @state() private busy = false;

  async #more(page: AuditPage): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const next = await this.api.get<AuditPage>("/api/audit", { query: { before: page.next_before } });
      this.#log.set({ entries: [...page.entries, ...next.entries], next_before: next.next_before });
    } catch (error) {
      this.say(`Older entries could not be read. ${reason(error)}`, "assertive");
    } finally {
      this.busy = false;
    }
  }

  protected override render() {
    return html`<section class="panel">
      ${this.#log.render("The audit log", (page) =>
        page.entries.length === 0
          ? empty(appIcon("list"), "Nothing yet", "Invitations, roles, keys and sign-ins will be listed here.")
          : this.#table(page),
      )}
    </section>`;
  }

  #table(page: AuditPage) {
    return html`<table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">From</th>
          </tr>
        </thead>
        <tbody>
          ${page.entries.map(
            (entry) =>
              html`<tr>
                <td class="when"><time datetime=${entry.at} title=${entry.at}>${this.at(entry.at)}</time></td>
                <td>${entry.actor_name || (entry.actor === "system" ? "" : entry.actor) || "Convene"}</td>
                <td>
                  ${actionWords(entry.action)}
                  <span class="code mono muted">${entry.action}${entry.target ? ` ${entry.target}` : ""}</span>
                </td>
                <td class="from">${entry.ip || "–"}</td>
              </tr>`,
          )}
        </tbody>
      </table>
      ${page.next_before === null
        ? ""
        : html`<div class="actions">
            <button class="button" type="button" aria-busy=${this.busy} @click=${() => this.#more(page)}>Show older</button>
          </div>`}`;
  }
}
define("settings-audit", SettingsAudit);
