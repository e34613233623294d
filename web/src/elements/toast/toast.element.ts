/**
 * `<cv-toast>`: one region per page for short messages, with at most one action each ("Undo").
 *
 * `show({text, actionLabel?, onAction?, durationMs?, urgency?})` returns a function that takes the message away.
 * Messages wait while the pointer or the focus is on them (WCAG 2.2.1); failures stay until dismissed.
 */
import { html, nothing } from "lit";
import { state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { ConveneElement } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { strings } from "../../internal/strings.ts";
import { button } from "../../styles/shared.ts";
import { styles } from "./toast.styles.ts";

export interface Toast {
  text: string;
  actionLabel?: string;
  onAction?: () => void;
  /** 0 keeps the message until it is dismissed. */
  durationMs?: number;
  urgency?: "polite" | "assertive";
}

interface Shown extends Toast {
  id: number;
  remainingMs: number;
}

const DEFAULT_MS = 6000;
const TICK_MS = 250;
const MAX_SHOWN = 3;

export class ToastElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, styles);

  @state() private shown: readonly Shown[] = [];
  #nextId = 1;
  #timer: ReturnType<typeof setInterval> | null = null;
  #paused = false;

  show(toast: Toast): () => void {
    const id = this.#nextId++;
    const keep = toast.urgency === "assertive" && toast.durationMs === undefined;
    const remainingMs = keep ? 0 : (toast.durationMs ?? DEFAULT_MS);
    this.shown = [...this.shown, { ...toast, id, remainingMs }].slice(-MAX_SHOWN);
    this.announce(toast.text, toast.urgency);
    this.#timer ??= setInterval(this.#tick, TICK_MS);
    return () => this.#remove(id);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop();
  }

  #tick = (): void => {
    if (this.#paused) return;
    const due = this.shown.filter((toast) => toast.remainingMs > 0 && toast.remainingMs <= TICK_MS);
    for (const toast of this.shown) if (toast.remainingMs > 0) toast.remainingMs -= TICK_MS;
    for (const toast of due) this.#remove(toast.id);
  };

  #remove(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
    if (this.shown.length === 0) this.#stop();
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#paused = false;
  }

  #act(toast: Shown): void {
    this.#remove(toast.id);
    toast.onAction?.();
  }

  protected override render() {
    return html`
      <div
        class="stack"
        @pointerenter=${() => (this.#paused = true)}
        @pointerleave=${() => (this.#paused = false)}
        @focusin=${() => (this.#paused = true)}
        @focusout=${() => (this.#paused = false)}
      >
        ${repeat(
          this.shown,
          (toast) => toast.id,
          (toast) => html`
            <div class="toast ${toast.urgency ?? ""}" part="toast">
              ${toast.urgency === "assertive" ? icon("warning") : nothing}
              <span class="text">${toast.text}</span>
              ${toast.actionLabel
                ? html`<button class="button small action" type="button" @click=${() => this.#act(toast)}>
                    ${toast.actionLabel}
                  </button>`
                : nothing}
              <button
                class="button small icon-only dismiss"
                type="button"
                aria-label=${strings().dismiss}
                @click=${() => this.#remove(toast.id)}
              >
                ${icon("close")}
              </button>
            </div>
          `,
        )}
      </div>
      ${this.liveRegions()}
    `;
  }
}
