/** `<connect-composer>`: where one writes. Enter sends, Shift+Enter breaks the line; what was typed stays per conversation. */
import { type PropertyValues, css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { button, field } from "../../styles/shared.ts";
import { appIcon } from "../ui/icons.ts";
import type { Connect } from "./connect.ts";

export class ComposerElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    field,
    css`
      :host {
        padding: 0 var(--cv-space-5) var(--cv-space-4);
      }
      form {
        display: flex;
        align-items: end;
        gap: var(--cv-space-1);
        max-inline-size: 52rem;
        padding: var(--cv-space-1);
        border: 1px solid var(--cv-line-strong);
        border-radius: var(--cv-radius-lg);
        background: var(--cv-surface);
      }
      form:focus-within {
        border-color: var(--cv-focus);
        box-shadow: 0 0 0 1px var(--cv-focus);
      }
      textarea.input {
        flex: 1;
        field-sizing: content;
        min-block-size: 2.5rem;
        max-block-size: 12rem;
        padding: var(--cv-space-2) var(--cv-space-3);
        border: 0;
        background: none;
        resize: none;
        line-height: 1.45;
      }
      textarea.input:focus-visible {
        outline: none;
      }
      /* Wide windows say it beside the list of conversations. */
      .offline {
        display: none;
        align-items: center;
        gap: var(--cv-space-2);
        margin-block-end: var(--cv-space-2);
        font-size: var(--cv-text-sm);
        color: var(--cv-warning);
      }
      .button {
        border-radius: calc(var(--cv-radius-lg) - 0.3rem);
      }
      @media (max-width: 767px) {
        :host {
          padding: 0 var(--cv-space-3) max(var(--cv-space-3), env(safe-area-inset-bottom));
        }
        .offline {
          display: flex;
        }
      }
    `,
  );

  @property({ attribute: false }) connect!: Connect;
  @property({ attribute: false }) conversationId = "";
  /** Whom the text is for, in words. */
  @property() to = "";
  @state() private text = "";
  @query("textarea") private box!: HTMLTextAreaElement;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.updateComplete.then(() => this.connect.line.addEventListener("state", this.#lineChanged));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.connect.line.removeEventListener("state", this.#lineChanged);
  }

  readonly #lineChanged = (): void => this.requestUpdate();

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("conversationId")) this.text = this.connect.drafts.get(this.conversationId);
  }

  readDraft(): void {
    this.text = this.connect.drafts.get(this.conversationId);
  }

  override focus(): void {
    this.box?.focus();
  }

  #typed(): void {
    this.text = this.box.value;
    this.connect.drafts.set(this.conversationId, this.text);
  }

  #send(): void {
    const body = this.text.trim();
    if (body === "") return;
    this.connect.outbox.send(this.conversationId, body);
    this.connect.drafts.set(this.conversationId, "");
    this.text = "";
    this.emit("connect-sent");
    this.box.focus();
  }

  #keydown(event: KeyboardEvent): void {
    // While a character is being composed, Enter chooses it and sends nothing.
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "ArrowUp" && this.text === "") {
      event.preventDefault();
      this.emit("connect-edit-last");
    }
  }

  protected override render() {
    const label = `Write to ${this.to}`;
    const isOffline = this.connect.line.state === "offline";
    return html`${isOffline ? html`<p class="offline">${icon("offline")}Offline. What you write is sent later.</p>` : nothing}
    <form
      @submit=${(event: Event) => {
        event.preventDefault();
        this.#send();
      }}
    >
      <textarea
        class="input"
        rows="1"
        dir="auto"
        aria-label=${label}
        placeholder=${label}
        maxlength="20000"
        .value=${this.text}
        @input=${this.#typed}
        @keydown=${this.#keydown}
      ></textarea>
      <button class="button primary" type="submit" aria-disabled=${this.text.trim() === "" ? "true" : "false"}>
        ${appIcon("send")}Send
      </button>
    </form>`;
  }
}
define("connect-composer", ComposerElement);
