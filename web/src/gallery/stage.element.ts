/** `<gallery-stage>`: one element of the page of live examples: live, with its attributes, its snippet and its last event. */
import { type TemplateResult, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { ConveneElement, define } from "../internal/element.ts";
import { button, field } from "../styles/shared.ts";
import "../app/ui/copy.ts";
import type { Control, Example } from "./examples.ts";
import { styles } from "./stage.styles.ts";

export class StageElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, field, styles);

  @property({ attribute: false }) example!: Example;
  /** The language and the direction that the live element is shown in. */
  @property() spoken = "";
  @property() direct: "ltr" | "rtl" = "ltr";

  @state() private values: Record<string, string | boolean> = {};
  @state() private lastEvent = "";
  #live: HTMLElement | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.#live) return;
    const { example } = this;
    const live = document.createElement(example.tag);
    this.values = Object.fromEntries(example.controls.map((control) => [control.attribute, control.value]));
    for (const name of example.events) {
      live.addEventListener(name, (event) => (this.lastEvent = `${name} ${brief((event as CustomEvent<unknown>).detail)}`));
    }
    // Links of the made-up meetings lead nowhere.
    live.addEventListener("convene-join", (event) => event.preventDefault());
    example.feed(live);
    // In the light tree, where `elements.js` finds it.
    this.append((this.#live = live));
  }

  protected override updated(): void {
    const live = this.#live;
    if (!live) return;
    const named: Record<string, string | boolean> = { ...this.values, locale: this.spoken };
    for (const [name, value] of Object.entries(named)) {
      if (value === false || value === "") live.removeAttribute(name);
      else live.setAttribute(name, value === true ? "" : value);
    }
  }

  #set(name: string, value: string | boolean): void {
    this.values = { ...this.values, [name]: value };
  }

  get #snippet(): string {
    const { tag, snippet } = this.example;
    const attributes = Object.entries<string | boolean>({ ...snippet, ...this.values, locale: this.spoken })
      .filter(([, value]) => value !== "" && value !== false)
      .map(([name, value]) => (value === true ? name : `${name}=${quoted(String(value))}`));
    return attributes.length === 0 ? `<${tag}></${tag}>` : `<${tag}\n  ${attributes.join("\n  ")}\n></${tag}>`;
  }

  protected override render() {
    const { tag, heading, about, controls, open } = this.example;
    return html`
      <header>
        <h2>${heading} <code>&lt;${tag}&gt;</code></h2>
        <p class="muted">${about}</p>
      </header>
      <div class="columns">
        <div class="live" dir=${this.direct}>
          <slot></slot>
          ${open
            ? html`<button class="button" type="button" @click=${() => this.#live && open(this.#live)}>Open the example</button>`
            : nothing}
        </div>
        <div class="side">
          ${controls.length > 0
            ? html`<div class="controls" role="group" aria-label=${`Attributes of ${tag}`}>
                ${controls.map((control) => this.#control(control))}
              </div>`
            : nothing}
          <div class="snippet">
            <pre><code>${this.#snippet}</code></pre>
            <copy-button .value=${this.#snippet}></copy-button>
          </div>
          <p class="event" role="status">${this.lastEvent ? html`Event: <code>${this.lastEvent}</code>` : nothing}</p>
        </div>
      </div>
    `;
  }

  #control(control: Control): TemplateResult {
    const { attribute } = control;
    const id = `${this.example.tag}-${attribute}`;
    if (control.kind === "flag") {
      return html`<label class="check"
        ><input
          type="checkbox"
          .checked=${this.values[attribute] === true}
          @change=${(event: Event) => this.#set(attribute, (event.target as HTMLInputElement).checked)}
        /><code>${attribute}</code></label
      >`;
    }
    return html`<div class="field">
      <label for=${id}><code>${attribute}</code></label>
      ${control.kind === "choice"
        ? html`<select
            id=${id}
            class="input"
            @change=${(event: Event) => this.#set(attribute, (event.target as HTMLSelectElement).value)}
          >
            ${control.choices.map(
              (choice) => html`<option value=${choice} ?selected=${choice === control.value}>${choice || "none"}</option>`,
            )}
          </select>`
        : html`<input
            id=${id}
            class="input"
            autocomplete="off"
            .value=${control.value}
            @input=${(event: Event) => this.#set(attribute, (event.target as HTMLInputElement).value)}
          />`}
    </div>`;
  }
}

function quoted(value: string): string {
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}

/** The first part of what an event carries. */
function brief(detail: unknown): string {
  const text = JSON.stringify(detail ?? {});
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

define("gallery-stage", StageElement);

declare global {
  interface HTMLElementTagNameMap {
    "gallery-stage": StageElement;
  }
}
