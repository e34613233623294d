/**
 * `<cv-dialog>`: the native modal dialog with a heading, a scrolling body and a sticky footer; a bottom sheet on phones.
 *
 * Slots: default, `heading-extra` (beside the heading), `footer`. The element opens by `show()` or `open`, and closes by
 * `close()`, Escape, the close button or a press outside; the last three ask `beforeClose` first. Focus goes to
 * `initialFocus()` and comes back to where it was. Event: `cv-close` after closing.
 */
import { html, nothing, type PropertyValues } from "lit";
import { property, query } from "lit/decorators.js";
import { ConveneElement } from "../../internal/element.ts";
import { firstFocusable, rememberFocus } from "../../internal/focus.ts";
import { icon } from "../../internal/icons.ts";
import { strings } from "../../internal/strings.ts";
import { button } from "../../styles/shared.ts";
import { styles } from "./dialog.styles.ts";

export type DialogSize = "small" | "medium" | "wide";

export class DialogElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, styles);

  @property({ type: Boolean, reflect: true }) open = false;
  @property() heading = "";
  @property({ reflect: true }) size: DialogSize = "medium";
  /** `alertdialog` for questions that interrupt. */
  @property({ attribute: "dialog-role" }) dialogRole: "dialog" | "alertdialog" = "dialog";
  /** Answers false to stay open (for instance while it asks about unsaved text). */
  @property({ attribute: false }) beforeClose: (() => boolean) | null = null;
  /** The control that should have the focus first; by default the first one of the body. */
  @property({ attribute: false }) initialFocus: (() => HTMLElement | null) | null = null;

  @query("dialog") private dialog!: HTMLDialogElement;
  #giveBackFocus: (() => void) | null = null;
  #pressedOutside = false;

  show(): void {
    this.open = true;
  }

  /** Closes without asking. */
  close(): void {
    this.open = false;
  }

  /** Closes unless `beforeClose` objects. */
  requestClose(): void {
    if (this.beforeClose?.() === false) return;
    this.close();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.open) {
      this.open = false;
      this.#giveBackFocus?.();
    }
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("open")) return;
    if (this.open && !this.dialog.open) this.#opened();
    else if (!this.open && this.dialog.open) this.dialog.close();
  }

  #opened(): void {
    this.#giveBackFocus = rememberFocus();
    this.dialog.showModal();
    const body = this.renderRoot.querySelector(".body");
    // With a rule of its own that finds nothing yet, the dialog itself waits with the focus.
    const target = this.initialFocus ? this.initialFocus() : body && firstFocusable(body);
    if (target) target.focus();
    else if (this.shadowRoot?.activeElement !== this.dialog) this.dialog.focus();
  }

  #closed = (): void => {
    // The browser tells of it a task later: by then somebody may have opened the dialog again.
    if (this.dialog.open) return;
    this.open = false;
    this.#giveBackFocus?.();
    this.#giveBackFocus = null;
    this.emit("cv-close");
  };

  #onKeydown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    // Handled here and not by `cancel`: a browser lets that be prevented only once in a row.
    event.preventDefault();
    event.stopPropagation();
    this.requestClose();
  };

  #onPointerdown = (event: PointerEvent): void => {
    this.#pressedOutside = event.composedPath()[0] === this.dialog;
  };

  #onClick = (event: MouseEvent): void => {
    // Both ends of the press must be outside: dragging a selection out of a field must not close.
    if (this.#pressedOutside && event.composedPath()[0] === this.dialog) this.requestClose();
    this.#pressedOutside = false;
  };

  protected override render() {
    return html`
      <dialog
        part="dialog"
        role=${this.dialogRole === "alertdialog" ? "alertdialog" : nothing}
        aria-labelledby="heading"
        tabindex="-1"
        ?autofocus=${this.initialFocus !== null}
        @close=${this.#closed}
        @cancel=${(event: Event) => {
          if (event.target !== this.dialog) return;
          event.preventDefault();
          this.requestClose();
        }}
        @keydown=${this.#onKeydown}
        @pointerdown=${this.#onPointerdown}
        @click=${this.#onClick}
      >
        <div class="frame" part="frame">
          <header>
            <h2 id="heading">${this.heading}</h2>
            <slot name="heading-extra"></slot>
            <button
              class="button quiet icon-only close"
              type="button"
              aria-label=${strings().close}
              @click=${this.requestClose}
            >
              ${icon("close")}
            </button>
          </header>
          <div class="body" part="body"><slot></slot></div>
          <slot name="footer"></slot>
        </div>
      </dialog>
    `;
  }
}
