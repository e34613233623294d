/**
 * `<booking-page-form>`: everything that a booking page is set up with, for a new one or one that is there.
 *
 * What is typed lives in the form's controls; hosts and questions, which come and go, in elements of their own. Event:
 * `page-saved` with the page as the server answered.
 */
import { css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { ApiError } from "../../internal/api-client.ts";
import { define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { failure, reason } from "../ui/parts.ts";
import { fieldError, focusFirstInvalid, formValues, submitButton, textField } from "../ui/text-field.ts";
import { areaField, numberField, selectField } from "./booking-page-fields.ts";
import "./booking-page-asking.ts";
import type { BookingPageAsking } from "./booking-page-asking.ts";
import "./booking-page-hosts.ts";
import type { BookingPageHosts } from "./booking-page-hosts.ts";
import "./booking-page-logo.ts";
import type { BookingPageLogo } from "./booking-page-logo.ts";
import "./booking-page-questions.ts";
import { sharing, sharingFields } from "./booking-page-sharing.ts";
import type { BookingPageQuestions } from "./booking-page-questions.ts";
import { type BookingPage, pagePath } from "./booking-pages.types.ts";
import { SettingsPageElement } from "./page.ts";

const LENGTHS = ["15", "20", "30", "45", "60", "90", "120"];
const STARTS = ["5", "10", "15", "20", "30", "60"];
const LANGUAGES = [
  ["", "The visitor’s own"],
  ["en", "English"],
  ["de", "Deutsch"],
  ["fr", "Français"],
  ["es", "Español"],
  ["nl", "Nederlands"],
] as const;
const NOTICES = [
  ["0", "None"],
  ["60", "1 hour"],
  ["240", "4 hours"],
  ["1440", "1 day"],
  ["2880", "2 days"],
  ["10080", "1 week"],
] as const;

/** A choice of minutes that always holds the present one. */
function minutes(known: readonly string[], present: number): [string, string][] {
  const values = known.includes(String(present)) ? known : [...known, String(present)].sort((a, b) => Number(a) - Number(b));
  return values.map((value) => [value, `${value} min`]);
}

export class BookingPageForm extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    form {
      display: grid;
      gap: var(--cv-space-5);
    }
    .input,
    summary {
      scroll-margin-block-end: 6rem;
    }
    fieldset {
      display: grid;
      gap: var(--cv-space-4);
      margin: 0;
      padding: 0;
      border: 0;
    }
    fieldset > legend,
    summary {
      margin-block-end: var(--cv-space-3);
      font-size: var(--cv-text-lg);
      font-weight: 600;
    }
    summary {
      display: flex;
      align-items: center;
      gap: var(--cv-space-2);
      min-block-size: var(--cv-target);
      margin: 0;
      cursor: pointer;
      list-style: none;
    }
    summary::-webkit-details-marker {
      display: none;
    }
    details[open] > summary svg {
      rotate: 90deg;
    }
    details > fieldset {
      margin-block-start: var(--cv-space-3);
    }
  `);

  /** The page that is changed; null makes a new one. */
  @property({ attribute: false }) page: BookingPage | null = null;
  @state() private place: "video" | "link" | "none" = "video";
  @state() private busy = false;
  @state() private problem: unknown = null;
  @state() private errors: Readonly<Record<string, string>> = {};

  override connectedCallback(): void {
    super.connectedCallback();
    const where = this.page?.conferencing ?? true;
    this.place = typeof where === "string" ? "link" : where ? "video" : "none";
  }

  /** What is wrong with a member or with one of its entries. */
  #error(name: string): string | undefined {
    return this.errors[name] ?? Object.entries(this.errors).find(([field]) => field.startsWith(`${name}.`))?.[1];
  }

  #body(form: HTMLFormElement) {
    const values = formValues(form);
    const text = (name: string): string => (values[name] ?? "").trim();
    const number = (name: string): number | null => (text(name) === "" ? null : Number(text(name)));
    const hosts = this.renderRoot.querySelector<BookingPageHosts>("booking-page-hosts")!;
    const questions = this.renderRoot.querySelector<BookingPageQuestions>("booking-page-questions")!;
    const conferencing = { video: true, link: text("join_url"), none: false }[this.place];
    return {
      name: text("name"),
      ...(text("slug") === "" ? {} : { slug: text("slug") }),
      description: text("description"),
      duration_minutes: number("duration_minutes"),
      ...hosts.value,
      minimum_notice_minutes: number("minimum_notice_minutes"),
      horizon_days: number("horizon_days"),
      start_interval_minutes: number("start_interval_minutes"),
      max_per_day: number("max_per_day"),
      ...this.renderRoot.querySelector<BookingPageAsking>("booking-page-asking")!.value,
      ...sharing(text),
      conferencing,
      location: text("location"),
      questions: questions.value,
      accent_color: text("accent_color"),
      logo_url: text("logo_url"),
      locale: text("locale"),
      redirect_url: text("redirect_url"),
      embed_origins: text("embed_origins").split(/\s+/u).filter(Boolean),
    };
  }

  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    this.errors = {};
    this.problem = null;
    let isSaved = false;
    try {
      const body = this.#body(event.target as HTMLFormElement);
      const saved =
        this.page === null
          ? await this.api.post<BookingPage>("/api/booking-pages", body)
          : await this.api.patch<BookingPage>(pagePath(this.page), body);
      // If only the logo fails, what is saved already must not be made a second time.
      this.page = saved;
      isSaved = true;
      this.emit("page-saved", await this.renderRoot.querySelector<BookingPageLogo>("booking-page-logo")!.store(saved));
    } catch (error) {
      if (isSaved) this.errors = { logo: `The page was saved, its logo was not. ${reason(error)}` };
      else if (error instanceof ApiError && error.code === "slug_taken") this.errors = { slug: error.detail };
      else if (error instanceof ApiError && Object.keys(error.fields).length > 0) this.errors = error.fields;
      else this.problem = error;
      await this.updateComplete;
      const wrong = this.renderRoot.querySelector("[aria-invalid=true], .field-error");
      wrong?.closest("details")?.setAttribute("open", "");
      if (wrong === null) this.renderRoot.querySelector(".notice")?.scrollIntoView({ block: "center" });
      else wrong.scrollIntoView({ block: "center" });
      focusFirstInvalid(this.renderRoot);
    } finally {
      this.busy = false;
    }
  }

  protected override render() {
    return html`<form @submit=${this.#save} novalidate>
        ${this.problem === null ? nothing : failure("The page was not saved.", this.problem)} ${this.#what()} ${this.#who()} ${this.#when()}
        ${sharingFields(this.page, (name) => this.#error(name))} ${this.#where()}
        <details ?open=${(this.page?.questions.length ?? 0) > 0}>
          <summary>${icon("chevronRight")}Questions to the guest</summary>
          <booking-page-questions .given=${this.page?.questions ?? []} .error=${this.#error("questions")}></booking-page-questions>
        </details>
        ${this.#look()}
        <div class="footer actions">
          ${submitButton(this.page === null ? "Make the page" : "Save", this.busy)}
          ${this.page === null ? nothing : html`<a class="button" href="${this.page.url}?preview=1" target="_blank" rel="noopener">Preview</a>`}
        </div>
      </form>`;
  }

  #what() {
    const page = this.page;
    return html`<fieldset>
      <legend>What</legend>
      ${textField({ name: "name", label: "Name", required: true, maxLength: 100, placeholder: "Intro call", value: page?.name ?? "", ...this.#wrong("name") })}
      ${areaField({ name: "description", label: "Description", value: page?.description ?? "", maxLength: 2000, hint: "Shown on the page and written into the event.", error: this.#error("description") })}
      <div class="pair">
        ${selectField({ name: "duration_minutes", label: "Length", value: String(page?.duration_minutes ?? 30), choices: minutes(LENGTHS, page?.duration_minutes ?? 30), error: this.#error("duration_minutes") })}
        ${textField({
          name: "slug",
          label: "Address begins with",
          maxLength: 60,
          placeholder: "intro-call",
          value: page?.slug ?? "",
          hint: page === null ? "Made of the name if you leave it empty." : "With another one, the old address stops working.",
          ...this.#wrong("slug"),
        })}
      </div>
    </fieldset>`;
  }

  #wrong(name: string): { error?: string } {
    const error = this.#error(name);
    return error === undefined ? {} : { error };
  }

  #who() {
    return html`<fieldset>
      <legend>Who</legend>
      <booking-page-hosts
        .api=${this.api}
        .session=${this.session}
        .page=${this.page}
        .hostsError=${this.#error("hosts")}
        .quorumError=${this.#error("quorum")}
      ></booking-page-hosts>
    </fieldset>`;
  }

  #when() {
    const page = this.page;
    return html`<fieldset>
      <legend>When</legend>
      <div class="pair">
        ${numberField({ name: "horizon_days", label: "Days ahead", value: page?.horizon_days ?? 60, min: 1, max: 180, error: this.#error("horizon_days") })}
        ${selectField({ name: "minimum_notice_minutes", label: "Notice", value: String(page?.minimum_notice_minutes ?? 0), choices: this.#notices(), error: this.#error("minimum_notice_minutes") })}
        ${selectField({ name: "start_interval_minutes", label: "Offer a start every", value: String(page?.start_interval_minutes ?? 30), choices: minutes(STARTS, page?.start_interval_minutes ?? 30), error: this.#error("start_interval_minutes") })}
        ${numberField({ name: "max_per_day", label: "At most per day", value: page?.max_per_day ?? null, min: 1, max: 100, placeholder: "No limit", error: this.#error("max_per_day") })}
      </div>
      <booking-page-asking
        .api=${this.api}
        .session=${this.session}
        .page=${page}
        .askingError=${this.#error("requires_confirmation")}
        .hoursError=${this.#error("confirmation_hours")}
        .listError=${this.#error("has_waitlist")}
        .minutesError=${this.#error("waitlist_minutes")}
      ></booking-page-asking>
    </fieldset>`;
  }

  #notices(): (readonly [string, string])[] {
    const present = String(this.page?.minimum_notice_minutes ?? 0);
    return NOTICES.some(([value]) => value === present) ? [...NOTICES] : [...NOTICES, [present, `${present} min`]];
  }

  #where() {
    const page = this.page;
    const given = typeof page?.conferencing === "string" ? page.conferencing : "";
    return html`<fieldset>
      <legend>Where</legend>
      <div class="pair">
        ${selectField({
          name: "place",
          label: "Online",
          value: this.place,
          choices: [
            ["video", "A video call of its own"],
            ["link", "An address of yours"],
            ["none", "Not online"],
          ],
          onChange: (value) => (this.place = value as typeof this.place),
        })}
        ${this.place === "link"
          ? textField({ name: "join_url", label: "Address of the call", type: "url", placeholder: "https://meet.example.com/me", value: given, ...this.#wrong("conferencing") })
          : nothing}
        ${textField({ name: "location", label: "Place", maxLength: 200, placeholder: "12 High Street, second floor", value: page?.location ?? "", ...this.#wrong("location") })}
      </div>
    </fieldset>`;
  }

  #look() {
    const page = this.page;
    return html`<details>
      <summary>${icon("chevronRight")}Look, language and embedding</summary>
      <fieldset>
        <div>
          <booking-page-logo .api=${this.api} .page=${page}></booking-page-logo>
          ${fieldError("logo", this.#error("logo"))}
        </div>
        <div class="pair">
          ${textField({ name: "accent_color", label: "Accent colour", placeholder: "#0f6a5d", value: page?.accent_color ?? "", hint: "Dark enough to be read on white.", ...this.#wrong("accent_color") })}
          ${textField({ name: "logo_url", label: "Or the address of a logo", type: "url", placeholder: "https://example.com/logo.svg", value: page?.logo_url ?? "", ...this.#wrong("logo_url") })}
          ${selectField({ name: "locale", label: "Language", value: page?.locale ?? "", choices: LANGUAGES, error: this.#error("locale") })}
          ${textField({ name: "redirect_url", label: "After booking, go to", type: "url", placeholder: "https://example.com/thanks", value: page?.redirect_url ?? "", ...this.#wrong("redirect_url") })}
        </div>
        ${areaField({
          name: "embed_origins",
          label: "Sites that may show the page in a frame",
          value: (page?.embed_origins ?? []).join("\n"),
          maxLength: 4000,
          rows: 2,
          hint: "One per line, such as https://example.com.",
          error: this.#error("embed_origins"),
        })}
      </fieldset>
    </details>`;
  }
}
define("booking-page-form", BookingPageForm);
