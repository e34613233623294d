/** What the dialogs that connect a calendar share: their look, the plain statement, and the way from form to answer. */
import { css, html, type TemplateResult } from "lit";
import { property, query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ApiError, type ApiClient } from "../../internal/api-client.ts";
import { ConveneElement } from "../../internal/element.ts";
import { button, field, notice } from "../../styles/shared.ts";
import type { Connection } from "../platform.ts";
import { page, parts } from "../ui/styles.ts";
import { focusFirstInvalid, formValues } from "../ui/text-field.ts";

export const connecting = [
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
];

/** What is read, written and shared, and how to revoke it: said before it happens. */
export function statement(rows: readonly (readonly [string, string])[]): TemplateResult {
  return html`<dl>
    ${rows.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`)}
  </dl>`;
}

/** A dialog with a form. Event: `calendar-connected` with the connection. */
export abstract class ConnectionDialog extends ConveneElement {
  static override styles = ConveneElement.withStyles(...connecting);

  @property({ attribute: false }) api!: ApiClient;
  /** The connection that does not work any more, where it is for one. */
  @state() protected refused: Connection | null = null;
  @state() protected busy = false;
  @state() protected problem: unknown = null;
  @state() protected errors: Readonly<Record<string, string>> = {};
  @query("cv-dialog") protected dialog!: DialogElement;

  /** Opens for a new connection, or for one that is refused. */
  show(refused: Connection | null): void {
    this.refused = refused;
    this.busy = false;
    this.problem = null;
    this.errors = {};
    this.renderRoot.querySelector("form")?.reset();
    this.dialog.show();
  }

  /** Says by field what cannot be sent as it is. */
  protected missing(_values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return {};
  }

  protected abstract send(values: Readonly<Record<string, string>>): Promise<Connection>;

  protected readonly submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    const values = formValues(event.target as HTMLFormElement);
    this.problem = null;
    this.errors = this.missing(values);
    if (Object.keys(this.errors).length > 0) return void this.#focusInvalid();
    this.busy = true;
    try {
      const connection = await this.send(values);
      this.dialog.close();
      this.emit("calendar-connected", connection);
    } catch (error) {
      if (error instanceof ApiError && Object.keys(error.fields).length > 0) this.errors = error.fields;
      else this.problem = error;
      void this.#focusInvalid();
    } finally {
      this.busy = false;
    }
  };

  async #focusInvalid(): Promise<void> {
    await this.updateComplete;
    focusFirstInvalid(this.renderRoot);
  }
}
