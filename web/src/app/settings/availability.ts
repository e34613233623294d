/** `<settings-availability>`: when one can be booked. */
import { html } from "lit";
import { query, state } from "lit/decorators.js";
import "../../elements/availability-editor/availability-editor.ts";
import type { AvailabilityEditorElement } from "../../elements/availability-editor/availability-editor.element.ts";
import type { Holiday, HolidayCountry, HolidaySource } from "../../elements/holiday-import/holiday-import.element.ts";
import { ApiError } from "../../internal/api-client.ts";
import { define } from "../../internal/element.ts";
import { DAY, HOUR, toUtc } from "../../internal/time.ts";
import type { AvailabilityRules } from "../../internal/types.ts";
import { Fetched } from "../ui/fetched.ts";
import { reason, skeletons } from "../ui/parts.ts";
import { SettingsPageElement } from "./page.ts";

const PREVIEW_DAYS = 14;
const PREVIEW_SLOTS = 5;

export class SettingsAvailability extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf();

  readonly #rules = new Fetched(this, () => this.api.get<AvailabilityRules>("/api/availability-rules"));
  @state() private saving = false;
  @state() private problem = "";
  @state() private fields: Readonly<Record<string, string>> = {};

  /** What others are offered next; null while it is not known. */
  @state() private upcoming: readonly string[] | null = null;

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

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("beforeunload", this.#leaving);
    void Promise.resolve().then(() => this.#preview());
  }

  /** Asks as somebody else would: bound by these hours, not as their owner. */
  async #preview(): Promise<void> {
    const sub = this.session.account?.sub;
    if (!sub) return;
    const from = new Date(Math.floor(Date.now() / HOUR) * HOUR);
    const query = new URLSearchParams({
      participants: sub,
      from: toUtc(from),
      to: toUtc(from.getTime() + PREVIEW_DAYS * DAY),
      duration_minutes: "30",
      suggestions: "0",
    });
    try {
      const answer = await this.api.get<{ slots: { start: string }[] }>(`/api/availability?${query}`);
      this.upcoming = answer.slots.slice(0, PREVIEW_SLOTS).map((slot) => slot.start);
    } catch {
      // A look ahead that fails takes nothing away from the hours themselves.
      this.upcoming = null;
    }
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
      void this.#preview();
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
            .upcoming=${this.upcoming}
            @convene-save=${this.#save}
          ></convene-availability-editor>
        </section>`,
      skeletons(3, "panel", "Loading your working hours"),
    );
  }
}
define("settings-availability", SettingsAvailability);
