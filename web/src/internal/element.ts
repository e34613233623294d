/**
 * The base of every element: adopts the shared styles, knows the reader's language and clock, emits composed events,
 * and owns two live regions so that announcements work inside modal dialogs too.
 */
import { type CSSResultGroup, LitElement, type TemplateResult, html } from "lit";
import { property, state } from "lit/decorators.js";
import { base, tokens } from "../styles/base.ts";
import { emit } from "./events.ts";
import { firstFocusable } from "./focus.ts";
import { type Part, fetchLanguage, speak } from "./languages.ts";
import { localePreferences } from "./locale.ts";
import type { HourCycle } from "./time.ts";

/** Defines an element once, however often its module is loaded. */
export function define(name: string, constructor: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, constructor);
}

export class ConveneElement extends LitElement {
  /** BCP 47; empty follows the nearest `lang` attribute, then the browser. */
  @property() locale = "";
  /** `h12` or `h23`; empty follows the locale. */
  @property({ attribute: "hour-cycle" }) hourCycle: HourCycle | "" = "";

  /** The parts of a language that this element's sentences are in. */
  static parts: readonly Part[] = ["common"];

  @state() private politeText = "";
  @state() private assertiveText = "";
  #announced = 0;

  /** Shared styles first, so that an element's own rules win. */
  static withStyles(...styles: CSSResultGroup[]): CSSResultGroup[] {
    return [tokens, base, ...styles];
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#adoptTokens();
  }

  /**
   * Inside another element of ours the tokens are inherited. To declare some sixty properties on each host anew was half
   * of what restyling a window cost, and a dialog that opens restyles all of it.
   */
  #adoptTokens(): void {
    const sheet = tokens.styleSheet;
    const root = this.getRootNode();
    const inherits = root instanceof ShadowRoot && root.host instanceof ConveneElement;
    const shadow = this.shadowRoot;
    if (!sheet || !shadow || inherits !== shadow.adoptedStyleSheets.includes(sheet)) return;
    const others = shadow.adoptedStyleSheets.filter((one) => one !== sheet);
    shadow.adoptedStyleSheets = inherits ? others : [sheet, ...others];
  }

  /** The language to format with. */
  get language(): string {
    const nearest = this.locale || this.closest("[lang]")?.getAttribute("lang") || hostLanguage(this);
    const browser = navigator.language || "en";
    // A page says `en`; a browser that says `en-GB` knows better which day a week starts on.
    if (nearest && browser.toLowerCase().startsWith(`${nearest.toLowerCase()}-`)) return browser;
    return nearest || browser;
  }

  /** Waits for the words of a language that is not there yet, so that nothing is shown in English first. */
  protected override scheduleUpdate(): void | Promise<unknown> {
    const words = fetchLanguage(this.language, (this.constructor as typeof ConveneElement).parts);
    return words ? words.then(() => super.scheduleUpdate()) : super.scheduleUpdate();
  }

  protected override performUpdate(): void {
    speak(this.language);
    super.performUpdate();
  }

  get clock(): HourCycle {
    return this.hourCycle || null;
  }

  /** Writing direction where this element stands. */
  get direction(): "ltr" | "rtl" {
    return getComputedStyle(this).direction === "rtl" ? "rtl" : "ltr";
  }

  get localePreferences() {
    return localePreferences(this.language);
  }

  /** Dispatches a composed event; false when a listener prevented it. */
  protected emit<T>(name: string, detail?: T, cancelable = false): boolean {
    return emit(this, name, detail, cancelable);
  }

  /** Says a sentence to screen readers: `assertive` interrupts, for failures only. */
  protected announce(text: string, urgency: "polite" | "assertive" = "polite"): void {
    // The same sentence twice must still be a change of text to be spoken.
    const spoken = text + (this.#announced++ % 2 ? "\u00a0" : "");
    if (urgency === "assertive") this.assertiveText = spoken;
    else this.politeText = spoken;
  }

  /** Put once into the template of any element that announces. */
  protected liveRegions(): TemplateResult {
    return html`
      <div class="visually-hidden" role="status">${this.politeText}</div>
      <div class="visually-hidden" role="alert">${this.assertiveText}</div>
    `;
  }

  /** Focuses the first control inside; true when there was one. */
  focusFirst(): boolean {
    const target = this.renderRoot instanceof ShadowRoot ? firstFocusable(this.renderRoot) : null;
    target?.focus();
    return target !== null;
  }

  /** True while the element is connected and not hidden by any ancestor. */
  get isShown(): boolean {
    return this.isConnected && this.checkVisibility();
  }
}

/** The language of the hosts above, through shadow roots: what they were told, or their nearest `lang`. */
function hostLanguage(element: Element): string {
  let root = element.getRootNode();
  while (root instanceof ShadowRoot) {
    const told = root.host instanceof ConveneElement ? root.host.locale : "";
    const found = told || root.host.closest("[lang]")?.getAttribute("lang");
    if (found) return found;
    root = root.host.getRootNode();
  }
  return "";
}

const HUES = [168, 205, 255, 310, 350, 22, 45, 95];

/** A stable colour for a person, from the eight that keep 4.5:1 for the initials. */
export function avatarHue(id: string): number {
  let hash = 0;
  for (const char of id) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return HUES[hash % HUES.length] ?? 168;
}

/** "Ana Ruiz" to "AR". */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => [...(word ?? "")][0] ?? "");
  return letters.join("").toUpperCase();
}
