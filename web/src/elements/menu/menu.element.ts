/**
 * `<cv-menu>`: a button that opens a menu in the top layer (native popover).
 *
 * `items` are links (`href`) or actions (`id`, reported by the `cv-select` event with `{id}`). `label` is the button's
 * text; with `icon-only` it is its name and the button shows three dots.
 */
import { type TemplateResult, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import { ConveneElement } from "../../internal/element.ts";
import { type IconName, icon } from "../../internal/icons.ts";
import { rovingIndex } from "../../internal/keyboard.ts";
import { button } from "../../styles/shared.ts";
import { styles } from "./menu.styles.ts";

export interface MenuItem {
  id: string;
  label: string;
  /** A plain link instead of an action; `download` asks the browser to keep it as a file. */
  href?: string;
  download?: string;
  icon?: IconName | TemplateResult;
  danger?: boolean;
}

export class MenuElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, styles);

  @property() label = "";
  @property({ attribute: false }) items: readonly MenuItem[] = [];
  @property({ type: Boolean, attribute: "icon-only" }) iconOnly = false;
  @property({ type: Boolean }) small = false;
  /** The look of the button: "", "quiet" or "primary". */
  @property() variant = "";

  @state() private open = false;
  @query("button") private trigger!: HTMLButtonElement;
  @query(".menu") private menu!: HTMLElement;

  override focus(): void {
    this.trigger?.focus();
  }

  #show(index: number): void {
    this.menu.showPopover();
    this.#place();
    this.#items.at(index)?.focus();
  }

  hide(): void {
    if (this.open) this.menu.hidePopover();
  }

  get #items(): HTMLElement[] {
    return [...this.menu.querySelectorAll<HTMLElement>("[role=menuitem]")];
  }

  /** Under the button, or above it where there is no room; never past the edges. */
  #place(): void {
    const anchor = this.trigger.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.menu;
    const below = anchor.bottom + 4;
    const top = below + height > innerHeight - 8 && anchor.top - height - 4 > 8 ? anchor.top - height - 4 : below;
    const start = this.direction === "rtl" ? anchor.right - width : anchor.left;
    const left = Math.max(8, Math.min(start, innerWidth - width - 8));
    // Physical sides on purpose: these are viewport coordinates.
    this.menu.style.translate = `${Math.round(left)}px ${Math.round(top)}px`;
  }

  #onToggle = (event: ToggleEvent): void => {
    this.open = event.newState === "open";
    if (this.open) {
      addEventListener("scroll", this.#onScroll, { capture: true, passive: true });
      addEventListener("resize", this.#onScroll);
    } else {
      this.#stopListening();
    }
  };

  #onScroll = (event: Event): void => {
    if (!event.composedPath().includes(this.menu)) this.hide();
  };

  #stopListening(): void {
    removeEventListener("scroll", this.#onScroll, { capture: true });
    removeEventListener("resize", this.#onScroll);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopListening();
  }

  #onTriggerKey = (event: KeyboardEvent): void => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    this.#show(event.key === "ArrowDown" ? 0 : -1);
  };

  #onMenuKey = (event: KeyboardEvent): void => {
    const items = this.#items;
    const current = items.indexOf(this.shadowRoot?.activeElement as HTMLElement);
    if (event.key === "Escape" || event.key === "Tab") {
      if (event.key === "Escape") {
        event.preventDefault();
        event.stopPropagation();
      }
      this.hide();
      this.trigger.focus();
      return;
    }
    const next = rovingIndex(event, current, items.length) ?? this.#typed(event, items, current);
    if (next === null) return;
    event.preventDefault();
    items[next]?.focus();
  };

  /** A letter jumps to the next item that starts with it. */
  #typed(event: KeyboardEvent, items: HTMLElement[], current: number): number | null {
    if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey || event.altKey) return null;
    for (let step = 1; step <= items.length; step++) {
      const index = (current + step) % items.length;
      if (items[index]?.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase())) return index;
    }
    return null;
  }

  #choose(item: MenuItem): void {
    this.hide();
    this.trigger.focus();
    this.emit("cv-select", { id: item.id });
  }

  protected override render() {
    const look = `button ${this.variant} ${this.small ? "small" : ""} ${this.iconOnly ? "icon-only" : ""}`;
    return html`
      <button
        class=${look}
        part="button"
        type="button"
        aria-haspopup="menu"
        aria-expanded=${this.open}
        aria-controls="menu"
        aria-label=${this.iconOnly ? this.label : nothing}
        @click=${() => (this.open ? this.hide() : this.#show(0))}
        @keydown=${this.#onTriggerKey}
      >
        <slot name="icon">${this.iconOnly ? icon("more") : nothing}</slot>
        ${this.iconOnly ? nothing : html`<span>${this.label}</span>${icon("chevronDown")}`}
      </button>
      <div
        id="menu"
        class="menu"
        part="menu"
        popover="auto"
        role="menu"
        aria-label=${this.label}
        @toggle=${this.#onToggle}
        @keydown=${this.#onMenuKey}
      >
        ${this.items.map((item) => this.#item(item))}
      </div>
    `;
  }

  #item(item: MenuItem) {
    const content = html`${typeof item.icon === "string" ? icon(item.icon) : (item.icon ?? nothing)}<span>${item.label}</span>`;
    const look = `item ${item.danger ? "danger" : ""}`;
    if (!item.href) {
      return html`<button class=${look} type="button" role="menuitem" tabindex="-1" @click=${() => this.#choose(item)}>
        ${content}
      </button>`;
    }
    return html`<a
      class=${look}
      role="menuitem"
      tabindex="-1"
      href=${item.href}
      target=${item.download === undefined ? "_blank" : nothing}
      rel="noopener noreferrer"
      download=${item.download ?? nothing}
      @click=${() => this.#choose(item)}
      >${content}</a
    >`;
  }
}
