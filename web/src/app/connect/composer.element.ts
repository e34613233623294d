/** `<connect-composer>`: where one writes. Enter sends, Shift+Enter breaks the line; what was typed stays per conversation. */
import { type PropertyValues, css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { button, field } from "../../styles/shared.ts";
import type { ShareDialogElement } from "../sharing/share-dialog.element.ts";
import { appIcon } from "../ui/icons.ts";
import type { Connect } from "./connect.ts";

/** Loaded when somebody is about to want it. */
const loadSharing = () => import("../sharing/share-dialog.element.ts");
const prepareSharing = (): void => void loadSharing().catch(() => undefined);

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
      .problem {
        margin-block-end: var(--cv-space-2);
        font-size: var(--cv-text-sm);
        color: var(--cv-danger);
      }
      .button {
        border-radius: calc(var(--cv-radius-lg) - 0.3rem);
      }
      /* No room for it beside the text; the conversation's menu has it too. */
      @media (max-width: 479px) {
        .share {
          display: none;
        }
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
  @state() private sharing: "closed" | "opening" | "open" | "failed" = "closed";
  @query("connect-share-dialog") private shareDialog!: ShareDialogElement;
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

  /** Opens "Share availability" for this conversation. */
  async share(): Promise<void> {
    if (this.sharing === "opening") return;
    this.sharing = "opening";
    try {
      await loadSharing();
    } catch {
      this.sharing = "failed";
      return;
    }
    this.sharing = "open";
    await this.updateComplete;
    await this.shareDialog.show();
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
    return html`${this.sharing === "failed" ? html`<p class="problem" role="alert">Sharing could not be opened. Look at your connection and try again.</p>` : nothing}${isOffline ? html`<p class="offline">${icon("offline")}Offline. What you write is sent later.</p>` : nothing}
    <form
      @submit=${(event: Event) => {
        event.preventDefault();
        this.#send();
      }}
    >
      <button
        class="button quiet icon-only share"
        type="button"
        aria-haspopup="dialog"
        aria-label="Share availability"
        title="Share availability"
        aria-busy=${this.sharing === "opening"}
        @pointerenter=${prepareSharing}
        @focus=${prepareSharing}
        @click=${() => void this.share()}
      >
        ${appIcon("calendarShare")}
      </button>
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
    </form>
    ${this.sharing === "open"
      ? html`<connect-share-dialog
          .connect=${this.connect}
          .conversationId=${this.conversationId}
          @connect-shared=${() => this.emit("connect-sent")}
        ></connect-share-dialog>`
      : nothing}`;
  }
}
define("connect-composer", ComposerElement);
