/** `<not-found-page>`: an address that leads nowhere. */
import { css, html } from "lit";
import { property } from "lit/decorators.js";
import { ConveneElement, define } from "../../internal/element.ts";
import { button } from "../../styles/shared.ts";
import { brand } from "../ui/brand.ts";
import { gate } from "../ui/styles.ts";
import { setTitle } from "../ui/title.ts";

export class NotFoundPage extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    gate,
    css`
      p {
        margin-block-start: var(--cv-space-2);
        overflow-wrap: anywhere;
      }
    `,
  );

  @property() path = "";

  protected override render() {
    setTitle("Page not found");
    return html`<div class="gate">
      ${brand()}
      <div>
        <h1>There is no page here</h1>
        <p class="muted">Nothing lives at ${this.path}. The link may be incomplete, or what it led to was removed.</p>
      </div>
      <a class="button primary" href="/">Go to Connect</a>
    </div>`;
  }
}
define("not-found-page", NotFoundPage);
