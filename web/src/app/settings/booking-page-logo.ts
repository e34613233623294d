/**
 * `<booking-page-logo>`: the picture of a booking page: chosen or dropped, looked at on light and dark, sent on saving.
 *
 * `store(page)` brings the server to what is shown here. What cannot be a logo is said at once, before anything is sent.
 */
import { css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import type { ApiClient } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { button, field } from "../../styles/shared.ts";
import { fieldError } from "../ui/text-field.ts";
import { type BookingPage, pagePath } from "./booking-pages.types.ts";
import { putFile } from "./upload.ts";

const KINDS = ["image/png", "image/jpeg", "image/webp"];
const MOST_KB = 512;

export class BookingPageLogo extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    field,
    css`
      .drop {
        display: grid;
        gap: var(--cv-space-3);
        padding: var(--cv-space-4);
        border: 1px dashed var(--cv-line-strong);
        border-radius: var(--cv-radius);
      }
      .drop.over {
        border-style: solid;
        border-color: var(--cv-accent);
        background: var(--cv-accent-soft);
      }
      .plates {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 10rem), 1fr));
        gap: var(--cv-space-3);
        margin: 0;
      }
      figure {
        margin: 0;
      }
      .plate {
        display: grid;
        place-items: center;
        block-size: 5rem;
        padding: var(--cv-space-4);
        border: 1px solid var(--cv-line);
        border-radius: var(--cv-radius);
        background: var(--cv-bg);
      }
      .light {
        color-scheme: light;
      }
      .dark {
        color-scheme: dark;
      }
      img {
        max-inline-size: 100%;
        max-block-size: 3rem;
        object-fit: contain;
      }
      figcaption {
        margin-block-start: var(--cv-space-1);
        font-size: var(--cv-text-sm);
        color: var(--cv-ink-muted);
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--cv-space-2);
      }
      progress {
        inline-size: 100%;
        accent-color: var(--cv-accent);
      }
    `,
  );

  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) page: BookingPage | null = null;
  /** What was chosen and is not sent yet. */
  @state() private chosen: { file: File; picture: string } | null = null;
  @state() private isRemoved = false;
  @state() private isOver = false;
  @state() private sent: number | null = null;
  @state() private wrong: string | undefined;
  @query("input") private input!: HTMLInputElement;

  /** Bring a page that was just saved to what is shown here; throws `ApiError`, and keeps what was chosen. */
  async store(page: BookingPage): Promise<BookingPage> {
    if (this.chosen !== null) {
      this.sent = 0;
      try {
        const saved = await putFile<BookingPage>(`${pagePath(page)}/logo`, this.chosen.file, (part) => (this.sent = part));
        this.chosen = null;
        return saved;
      } finally {
        this.sent = null;
      }
    }
    if (!this.isRemoved || page.logo === null) return page;
    await this.api.delete(`${pagePath(page)}/logo`);
    return { ...page, logo: null };
  }

  async #choose(file: File | undefined): Promise<void> {
    this.isOver = false;
    this.input.value = "";
    if (file === undefined) return;
    this.wrong = await this.#take(file);
  }

  /** Take a file to be sent; return what is wrong with it. */
  async #take(file: File): Promise<string | undefined> {
    if (file.type === "image/svg+xml") return `${file.name} is an SVG drawing, which can hold scripts. Save the logo as a PNG.`;
    if (!KINDS.includes(file.type)) return `${file.name} is no PNG, JPEG or WebP picture.`;
    if (file.size > MOST_KB * 1024) return `${file.name} has ${Math.ceil(file.size / 1024)} KB; at most ${MOST_KB} KB are taken.`;
    try {
      const picture = await dataUrl(file);
      const image = new Image();
      image.src = picture;
      await image.decode();
      this.chosen = { file, picture };
      this.isRemoved = false;
      return undefined;
    } catch {
      return `${file.name} cannot be read as a picture.`;
    }
  }

  #remove(): void {
    this.chosen = null;
    this.isRemoved = true;
    this.wrong = undefined;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(".button")?.focus());
  }

  readonly #drag = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.isOver = event.type === "dragover";
  };

  readonly #drop = (event: DragEvent): void => {
    event.preventDefault();
    void this.#choose(event.dataTransfer?.files[0]);
  };

  protected override render() {
    const shown = this.chosen?.picture ?? (this.isRemoved ? undefined : this.page?.logo?.url);
    return html`<div class="field" role="group" aria-labelledby="title" aria-describedby="hint">
      <span class="label" id="title">Logo</span>
      <div class="drop ${this.isOver ? "over" : ""}" @dragover=${this.#drag} @dragleave=${this.#drag} @drop=${this.#drop}>
        ${shown === undefined ? nothing : this.#plates(shown)}
        <div class="actions">
          <button class="button small" type="button" aria-disabled=${this.sent === null ? nothing : "true"} @click=${() => this.input.click()}>
            ${shown === undefined ? "Choose a picture" : "Choose another"}
          </button>
          ${shown === undefined
            ? html`<span class="hint">or drop it here</span>`
            : html`<button class="button small" type="button" @click=${this.#remove}>${icon("trash")}Remove the logo</button>`}
        </div>
        <p class="hint" id="hint">
          PNG, JPEG or WebP, up to ${MOST_KB} KB.
          ${shown === undefined ? "It is scaled down to 480 by 160 pixels." : "A clear background suits light and dark, if the picture can be read on both."}
        </p>
        ${this.sent === null ? nothing : html`<progress aria-label="Sending the logo" max="1" .value=${this.sent}></progress>`}
        <input
          type="file"
          hidden
          accept=${KINDS.join(",")}
          aria-label="Picture file"
          @change=${(event: Event) => void this.#choose((event.target as HTMLInputElement).files?.[0])}
        />
      </div>
      <div role="status">${fieldError("logo", this.wrong)}</div>
    </div>`;
  }

  #plates(picture: string) {
    return html`<div class="plates">
      ${(["light", "dark"] as const).map(
        (mode) => html`<figure>
          <div class="plate ${mode}"><img src=${picture} alt="The logo on ${mode}" /></div>
          <figcaption>On ${mode}</figcaption>
        </figure>`,
      )}
    </div>`;
  }
}
define("booking-page-logo", BookingPageLogo);

function dataUrl(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error("The file cannot be read."));
    reader.readAsDataURL(file);
  });
}
