/**
 * `<cv-zone-select>`: a combobox over every time zone, searched by city, country or offset.
 *
 * `value` is an IANA name; the `cv-change` event carries `{tzid}`. Without a query the list starts with this device's
 * zone and the zones chosen lately. Follows the ARIA "editable combobox with list autocomplete" pattern.
 */
import { html, nothing, type PropertyValues } from "lit";
import { property, query, state } from "lit/decorators.js";
import { ConveneElement } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { strings } from "../../internal/strings.ts";
import { deviceZone, zoneLabel } from "../../internal/time.ts";
import { type ZoneOption, recentZones, rememberZone, searchZones, zoneOptions } from "../../internal/zones.ts";
import { field } from "../../styles/shared.ts";
import { styles } from "./zone-select.styles.ts";

/** Enough to scroll through; a search narrows further. */
const MAX_SHOWN = 60;

export class ZoneSelectElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(field, styles);
  static override shadowRootOptions: ShadowRootInit = { mode: "open", delegatesFocus: true };

  @property() value = "";
  @property() label = "";
  /** Shows the label only to screen readers. */
  @property({ type: Boolean, attribute: "label-hidden" }) labelHidden = false;

  @state() private open = false;
  @state() private text: string | null = null;
  @state() private active = 0;
  @query("input") private input!: HTMLInputElement;
  @query(".list") private list!: HTMLElement;

  get #options(): ZoneOption[] {
    const all = zoneOptions(this.language, Date.now());
    if (this.text) return searchZones(all, this.text).slice(0, MAX_SHOWN);
    const first = [...new Set([this.value, deviceZone(), ...recentZones()])];
    const pinned = first.flatMap((tzid) => all.find((option) => option.tzid === tzid) ?? []);
    return [...pinned, ...all.filter((option) => !first.includes(option.tzid))];
  }

  #show(): void {
    if (this.open) return;
    this.open = true;
    this.active = 0;
    this.list.showPopover();
    const box = this.input.getBoundingClientRect();
    const room = Math.max(innerHeight - box.bottom, box.top) - 16;
    const height = Math.min(320, room);
    const above = innerHeight - box.bottom - 16 < Math.min(200, height);
    this.list.style.maxBlockSize = `${height}px`;
    this.list.style.inlineSize = `${Math.max(box.width, Math.min(280, innerWidth - 16))}px`;
    const left = Math.max(8, Math.min(box.left, innerWidth - Math.max(box.width, 280) - 8));
    this.list.style.translate = `${Math.round(left)}px ${Math.round(above ? box.top - 4 : box.bottom + 4)}px`;
    this.list.classList.toggle("above", above);
  }

  #hide(): void {
    if (!this.open) return;
    this.open = false;
    this.text = null;
    this.list.hidePopover();
  }

  #choose(option: ZoneOption | undefined): void {
    if (!option) return;
    this.value = option.tzid;
    rememberZone(option.tzid);
    this.#hide();
    this.input.value = zoneLabel(option.tzid, Date.now());
    this.emit("cv-change", { tzid: option.tzid });
  }

  #onInput = (): void => {
    this.#show();
    this.text = this.input.value;
    this.active = 0;
  };

  #onKeydown = (event: KeyboardEvent): void => {
    const count = this.#options.length;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp":
        event.preventDefault();
        if (!this.open) this.#show();
        else this.active = (this.active + (event.key === "ArrowDown" ? 1 : count - 1)) % Math.max(count, 1);
        break;
      case "Enter":
        if (!this.open) return;
        event.preventDefault();
        this.#choose(this.#options[this.active]);
        break;
      case "Escape":
        if (!this.open) return;
        event.preventDefault();
        event.stopPropagation();
        this.#hide();
        break;
    }
  };

  protected override updated(changed: PropertyValues): void {
    if (!this.open && this.input !== this.shadowRoot?.activeElement && changed.has("value")) {
      this.input.value = this.value ? zoneLabel(this.value, Date.now()) : "";
    }
    if (this.open) this.renderRoot.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  protected override render() {
    const words = strings();
    const options = this.open ? this.#options : [];
    const current = this.value ? zoneLabel(this.value, Date.now()) : "";
    return html`
      <div class="field">
        <label for="input" class=${this.labelHidden ? "visually-hidden" : ""}>${this.label || words.zoneLabel}</label>
        <div class="control">
          <input
            id="input"
            class="input"
            role="combobox"
            autocomplete="off"
            spellcheck="false"
            aria-autocomplete="list"
            aria-expanded=${this.open}
            aria-controls="list"
            aria-activedescendant=${this.open && options.length > 0 ? `option-${this.active}` : nothing}
            placeholder=${this.open ? words.zoneSearch : current}
            @input=${this.#onInput}
            @click=${() => {
              this.input.select();
              this.#show();
            }}
            @keydown=${this.#onKeydown}
            @blur=${() => {
              this.#hide();
              this.input.value = current;
            }}
          />
          ${icon("globe")}
        </div>
      </div>
      <div id="list" class="list" popover="manual" role="listbox" aria-label=${this.label || words.zoneLabel}>
        ${options.map((option, index) => this.#option(option, index))}
        ${this.open && options.length === 0
          ? html`<p class="none" role="option" aria-disabled="true" aria-selected="false">${words.zoneNone(this.text ?? "")}</p>`
          : nothing}
      </div>
    `;
  }

  #option(option: ZoneOption, index: number) {
    const place = option.tzid === deviceZone() ? strings().zoneDevice : option.country;
    return html`<div
      id="option-${index}"
      class="option"
      role="option"
      aria-selected=${index === this.active}
      @pointerdown=${(event: Event) => event.preventDefault()}
      @click=${() => this.#choose(option)}
    >
      <span class="city">${option.city}</span>
      <span class="country muted">${place}</span>
      <span class="offset time">${option.offset}</span>
    </div>`;
  }
}
