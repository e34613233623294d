/** `<settings-availability>`: when one can be booked. */
import { html } from "lit";
import { query, state } from "lit/decorators.js";
import "../../elements/availability-editor/availability-editor.ts";
import type { AvailabilityEditorElement } from "../../elements/availability-editor/availability-editor.element.ts";
import type { Holiday, HolidayCountry, HolidaySource } from "../../elements/holiday-import/holiday-import.element.ts";
import { ApiError } from "../../internal/api-client.ts";
import { define } from "../../internal/element.ts";
import type { AvailabilityRules } from "../../internal/types.ts";
import { Fetched } from "../ui/fetched.ts";
import { reason, skeletons } from "../ui/parts.ts";
import "./hours-preview.ts";
import type { HoursPreview } from "./hours-preview.ts";
import { SettingsPageElement } from "./page.ts";

export class SettingsAvailability extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf();

  readonly #rules = new Fetched(this, () => this.api.get<AvailabilityRules>("/api/availability-rules"));
  @state() private saving = false;
  @state() private problem = "";
  @state() private fields: Readonly<Record<string, string>> = {};

  readonly #holidays: HolidaySource = {
    load: () => import("../../elements/holiday-import/holiday-import.ts"),
    countries: async () =>
      (await this.api.get<{ countries: HolidayCountry[] }>("/api/holidays/countries")).countries,
    holidays: async (country, subdivision, year) => {
      const query = new URLSearchParams({ country, subdivision, year: String(year) });
      return (await this.api.get<{ holidays: Holiday[] }>(`/api/holidays?${query}`)).holidays;
    },
  };

  @query("convene-availability-editor") private editor!: AvailabilityEditorElement | null;
  @query("hours-preview") private preview!: HoursPreview | null;

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
      this.preview?.look();
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
            .holidays=${this.#holidays}
            @convene-hours-change=${() => this.preview?.look()}
            @convene-save=${this.#save}
          ></convene-availability-editor>
          <hours-preview
            .api=${this.api}
            .me=${this.session.account?.sub ?? ""}
            .draft=${() => (this.editor?.form ? this.editor.draft : rules)}
          ></hours-preview>
        </section>`,
      skeletons(3, "panel", "Loading your working hours"),
    );
  }
}
define("settings-availability", SettingsAvailability);
