/** `<confirm-dialog>`: asks before something that cannot be taken back. `ask()` resolves to the answer. */
import { css, html } from "lit";
import { query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { button } from "../../styles/shared.ts";

export interface Question {
  heading: string;
  text: string;
  /** What happens, as the button says it: "Delete message". */
  action: string;
  keep?: string;
}

export class ConfirmDialog extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    css`
      :host {
        display: contents;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: var(--cv-space-2);
      }
    `,
  );

  @state() private question: Question = { heading: "", text: "", action: "" };
  @query("cv-dialog") private dialog!: DialogElement;
  #answer: ((isSure: boolean) => void) | null = null;

  ask(question: Question): Promise<boolean> {
    this.#settle(false);
    this.question = question;
    this.dialog.show();
    return new Promise((resolve) => (this.#answer = resolve));
  }

  #settle(isSure: boolean): void {
    this.#answer?.(isSure);
    this.#answer = null;
  }

  #confirm(): void {
    this.#settle(true);
    this.dialog.close();
  }

  protected override render() {
    const { heading, text, action, keep } = this.question;
    return html`<cv-dialog
      size="small"
      dialog-role="alertdialog"
      .heading=${heading}
      .initialFocus=${() => this.renderRoot.querySelector<HTMLElement>(".keep")}
      @cv-close=${() => this.#settle(false)}
    >
      <p>${text}</p>
      <div slot="footer" class="actions">
        <button class="button keep" type="button" @click=${() => this.dialog.close()}>${keep ?? "Cancel"}</button>
        <button class="button danger" type="button" @click=${this.#confirm}>${action}</button>
      </div>
    </cv-dialog>`;
  }
}
define("confirm-dialog", ConfirmDialog);
