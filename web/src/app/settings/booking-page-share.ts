/** `<booking-page-share>`: a page's address to copy, as a QR code, and as lines for another site. */
import { css, html, nothing } from "lit";
import { property } from "lit/decorators.js";
import { define } from "../../internal/element.ts";
import "../ui/copy.ts";
import { type BookingPage, pagePath } from "./booking-pages.types.ts";
import { SettingsPageElement } from "./page.ts";

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** The page in a frame that is as high as the page says. */
export function frameSnippet(page: Pick<BookingPage, "page_id" | "url" | "name">): string {
  return `<iframe id="${page.page_id}" src="${page.url}?embed=1" title="${escaped(page.name)}"
  style="width: 100%; min-height: 40rem; border: 0"></iframe>
<script>
  addEventListener("message", ({ origin, source, data }) => {
    const frame = document.getElementById("${page.page_id}");
    if (origin === "${new URL(page.url).origin}" && source === frame.contentWindow && data.type === "convene:height")
      frame.style.height = data.height + "px";
  });
</script>`;
}

export function linkSnippet(page: Pick<BookingPage, "url" | "name">): string {
  return `<a href="${page.url}">${escaped(page.name)}</a>`;
}

export class BookingPageShare extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    :host {
      display: grid;
      gap: var(--cv-space-5);
    }
    section {
      display: grid;
      gap: var(--cv-space-2);
      justify-items: start;
    }
    h3 {
      font-size: var(--cv-text-md);
      font-weight: 600;
    }
    .line {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--cv-space-2);
      inline-size: 100%;
    }
    .line code {
      flex: 1 1 14rem;
      padding: var(--cv-space-2) var(--cv-space-3);
      border-radius: var(--cv-radius-sm);
      background: var(--cv-surface-sunken);
    }
    pre {
      inline-size: 100%;
      box-sizing: border-box;
    }
    img {
      inline-size: 11rem;
      block-size: 11rem;
      border: 1px solid var(--cv-line);
      border-radius: var(--cv-radius);
      background: #fff;
    }
  `);

  @property({ attribute: false }) page!: BookingPage;

  protected override render() {
    const { page } = this;
    const qr = `${pagePath(page)}/qr.svg`;
    return html`
      <section aria-labelledby="address">
        <h3 id="address">Address</h3>
        <div class="line"><code>${page.url}</code><copy-button label="Copy address" .value=${page.url}></copy-button></div>
        <p class="hint">Whoever has it can book. It cannot be guessed.</p>
      </section>
      <section aria-labelledby="qr">
        <h3 id="qr">QR code</h3>
        <img src=${qr} alt="QR code of the address of ${page.name}" width="176" height="176" />
        <a class="button small" href=${qr} download="${page.slug}.svg">Download</a>
      </section>
      <section aria-labelledby="frame">
        <h3 id="frame">Inside another site</h3>
        ${page.embed_origins.length === 0
          ? html`<p class="hint">First name the site under “Look, language and embedding”: no other may show the page in a frame.</p>`
          : nothing}
        <pre tabindex="0" aria-labelledby="frame">${frameSnippet(page)}</pre>
        <copy-button label="Copy frame" .value=${frameSnippet(page)}></copy-button>
      </section>
      <section aria-labelledby="link">
        <h3 id="link">As a link</h3>
        <pre tabindex="0" aria-labelledby="link">${linkSnippet(page)}</pre>
        <copy-button label="Copy link" .value=${linkSnippet(page)}></copy-button>
      </section>
    `;
  }
}
define("booking-page-share", BookingPageShare);
