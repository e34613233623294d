/** `<copy-button>`: puts a text on the clipboard and says so. */
import { css, html } from "lit";
import { property, state } from "lit/decorators.js";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { button } from "../../styles/shared.ts";

export class CopyButton extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    css`
      :host {
        display: inline-block;
      }
    `,
  );

  @property() value = "";
  @property() label = "Copy";
  @state() private outcome: "" | "copied" | "failed" = "";

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.value);
      this.outcome = "copied";
      this.announce("Copied.");
    } catch {
      // Without a secure context there is no clipboard: the text stands beside the button, to be marked by hand.
      this.outcome = "failed";
      this.announce("Could not copy. Select the text instead.", "assertive");
    }
    setTimeout(() => (this.outcome = ""), 3000);
  }

  protected override render() {
    const words = { "": this.label, copied: "Copied", failed: "Select and copy" };
    return html`<button class="button small" type="button" @click=${this.#copy}>
        ${icon(this.outcome === "copied" ? "check" : "copy")}${words[this.outcome]}
      </button>
      ${this.liveRegions()}`;
  }
}
define("copy-button", CopyButton);
