/** `<settings-availability>`: when one can be booked. */
import { html } from "lit";
import { query, state } from "lit/decorators.js";
import "../../elements/availability-editor/availability-editor.ts";
import type { AvailabilityEditorElement } from "../../elements/availability-editor/availability-editor.element.ts";
import { ApiError } from "../../internal/api-client.ts";
import { define } from "../../internal/element.ts";
import type { AvailabilityRules } from "../../internal/types.ts";
import { Fetched } from "../ui/fetched.ts";
import { reason, skeletons } from "../ui/parts.ts";
import { SettingsPageElement } from "./page.ts";

export class SettingsAvailability extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf();

  readonly #rules = new Fetched(this, () => this.api.get<AvailabilityRules>("/api/availability-rules"));
  @state() private saving = false;
  @state() private problem = "";
  @state() private fields: Readonly<Record<string, string>> = {};

  @query("convene-availability-editor") private editor!: AvailabilityEditorElement | null;

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("beforeunload", this.#leaving);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("beforeunload", this.#leaving);
  }

  /** The browser asks before the window is closed over unsaved hours. */
  readonly #leaving = (event: BeforeUnloadEvent): void => {
    if (this.editor?.isDirty) event.preventDefault();
  };

  async #save(event: CustomEvent<{ rules: AvailabilityRules }>): Promise<void> {
    if (this.saving) return;
    this.saving = true;
    this.problem = "";
    this.fields = {};
    try {
      this.#rules.set(await this.api.put<AvailabilityRules>("/api/availability-rules", event.detail.rules));
      await this.updateComplete;
      this.say("Working hours saved.");
    } catch (error) {
      this.problem = reason(error);
      if (error instanceof ApiError) this.fields = error.fields;
    } finally {
      this.saving = false;
    }
  }

  protected override render() {
    return this.#rules.render(
      "Your working hours",
      (rules) =>
        html`<section class="panel">
          <convene-availability-editor
            .rules=${rules}
            .saving=${this.saving}
            .problem=${this.problem}
            .fields=${this.fields}
            @convene-save=${this.#save}
          ></convene-availability-editor>
        </section>`,
      skeletons(3, "panel", "Loading your working hours"),
    );
  }
}
define("settings-availability", SettingsAvailability);
