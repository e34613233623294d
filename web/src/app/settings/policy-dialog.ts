/** `<connection-policy-dialog>`: the rules by which an account is used. Event: `policy-saved` with the connection. */
import { css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ApiError, type ApiClient } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { button, field, notice } from "../../styles/shared.ts";
import type { Connection, Policy } from "../platform.ts";
import { failure } from "../ui/parts.ts";
import { page, parts } from "../ui/styles.ts";
import { submitButton } from "../ui/text-field.ts";
import { title } from "./connection-words.ts";
import { changesOf, DEFAULTS, type Rule, rulesOf } from "./policy-words.ts";

export class ConnectionPolicyDialog extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    field,
    notice,
    parts,
    page,
    css`
      form {
        display: grid;
        gap: var(--cv-space-5);
      }
      fieldset {
        display: grid;
        gap: var(--cv-space-1);
        border: 0;
        padding: 0;
      }
      legend {
        margin-block-end: var(--cv-space-1);
        font-size: var(--cv-text-md);
        font-weight: 600;
      }
      .choice {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 0 var(--cv-space-3);
        align-items: start;
        min-block-size: var(--cv-target);
        padding: var(--cv-space-2) var(--cv-space-3);
        border: 1px solid var(--cv-line);
        border-radius: var(--cv-radius);
        cursor: pointer;
      }
      .choice:has(input:checked) {
        border-color: var(--cv-accent);
        background: var(--cv-accent-soft);
      }
      .choice:has(input:focus-visible) {
        outline: 2px solid var(--cv-focus, var(--cv-accent));
        outline-offset: 2px;
      }
      .choice input {
        inline-size: 1.25rem;
        block-size: 1.25rem;
        margin-block-start: 0.1em;
      }
      .choice .hint {
        display: block;
      }
      .usual {
        font-weight: 400;
        color: var(--cv-ink-muted);
      }
    `,
  );

  @property({ attribute: false }) api!: ApiClient;
  @state() private connection: Connection | null = null;
  @state() private chosen: Policy = DEFAULTS;
  @state() private busy = false;
  @state() private problem: unknown = null;
  @query("cv-dialog") private dialog!: DialogElement;

  show(connection: Connection): void {
    this.connection = connection;
    this.chosen = connection.policy ?? DEFAULTS;
    this.busy = false;
    this.problem = null;
    this.dialog.show();
  }

  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const { connection } = this;
    if (this.busy || connection === null) return;
    const policy = changesOf(connection.policy ?? DEFAULTS, this.chosen);
    if (policy === null) return this.dialog.close();
    this.busy = true;
    this.problem = null;
    try {
      const path = `/api/calendar-connections/${encodeURIComponent(connection.connection_id)}`;
      const saved = await this.api.patch<Connection>(path, { policy });
      this.dialog.close();
      this.emit("policy-saved", { connection: saved });
    } catch (error) {
      this.problem = error instanceof ApiError ? error : new Error("The rules could not be sent.");
    } finally {
      this.busy = false;
    }
  }

  protected override render() {
    const { connection } = this;
    return html`<cv-dialog .heading=${connection === null ? "Rules" : `Rules of ${title(connection)}`}>
      ${connection === null
        ? nothing
        : html`<form @submit=${this.#save} novalidate>
            ${this.problem === null ? nothing : failure("The rules are as they were.", this.problem)}
            ${rulesOf(connection, this.chosen).map((rule) => this.#rule(rule))}
            ${this.#losesTarget(connection)
              ? html`<p class="hint" role="status">Meetings are written here now. From then on they go to Convene’s own calendar, until you choose another.</p>`
              : nothing}
            <div class="footer actions">
              ${submitButton("Save rules", this.busy)}
              <button class="button" type="button" @click=${() => this.dialog.close()}>Leave as they are</button>
            </div>
          </form>`}
    </cv-dialog>`;
  }

  #losesTarget(connection: Connection): boolean {
    return this.chosen.direction === "in" && connection.calendars.some((calendar) => calendar.is_target);
  }

  #rule(rule: Rule) {
    const { name } = rule;
    return html`<fieldset>
      <legend>${rule.legend}</legend>
      ${rule.choices.map(
        ({ value, label, hint }) =>
          html`<label class="choice">
            <input
              type="radio"
              name=${name}
              value=${value}
              aria-labelledby="${name}-${value}-label"
              aria-describedby="${name}-${value}"
              .checked=${this.chosen[name] === value}
              @change=${() => (this.chosen = { ...this.chosen, [name]: value })}
            />
            <span>
              <span id="${name}-${value}-label"
                >${label}${DEFAULTS[name] === value ? html` <span class="usual">(usual)</span>` : nothing}</span
              >
              <span class="hint" id="${name}-${value}">${hint}</span>
            </span>
          </label>`,
      )}
    </fieldset>`;
  }
}
define("connection-policy-dialog", ConnectionPolicyDialog);
