/** `<invite-page>`: somebody opens the link of their invitation and makes their account. */
import { html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import "../../elements/zone-select/zone-select.ts";
import { ApiError, type ApiClient } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { deviceZone } from "../../internal/time.ts";
import { button, field, notice, skeleton } from "../../styles/shared.ts";
import type { Router } from "../router.ts";
import type { Session } from "../session.ts";
import { brand } from "../ui/brand.ts";
import { failure, skeletons } from "../ui/parts.ts";
import { gate, parts } from "../ui/styles.ts";
import { focusFirstInvalid, formValues, submitButton, textField } from "../ui/text-field.ts";
import { setTitle } from "../ui/title.ts";

interface InvitationFacts {
  email: string;
  name: string;
  organization: string;
}

export class InvitePage extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, field, notice, skeleton, parts, gate);

  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) router!: Router;
  @property() token = "";
  @state() private facts: InvitationFacts | null = null;
  @state() private problem: unknown = null;
  @state() private errors: Readonly<Record<string, string>> = {};
  @state() private busy = false;
  #tzid = deviceZone();

  override connectedCallback(): void {
    super.connectedCallback();
    setTitle("Invitation");
    void this.#load();
  }

  async #load(): Promise<void> {
    this.problem = null;
    try {
      this.facts = await this.api.get<InvitationFacts>(`/api/invitations/by-token/${encodeURIComponent(this.token)}`);
    } catch (error) {
      this.problem = error;
    }
  }

  async #accept(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    const { name = "", password = "" } = formValues(event.target as HTMLFormElement);
    this.busy = true;
    this.problem = null;
    this.errors = {};
    try {
      await this.api.post("/api/invitations/accept", { token: this.token, name: name.trim(), password, tzid: this.#tzid });
      await this.session.load();
      this.router.go("/", { replace: true });
    } catch (error) {
      if (error instanceof ApiError && Object.keys(error.fields).length > 0) this.errors = error.fields;
      else this.problem = error;
      void this.updateComplete.then(() => focusFirstInvalid(this.renderRoot));
    } finally {
      this.busy = false;
    }
  }

  protected override render() {
    return html`<div class="gate">${brand()} ${this.#content()}</div>`;
  }

  #content() {
    if (this.facts === null) return this.problem === null ? skeletons(3, "row", "Opening the invitation") : this.#closed();
    const { organization, email, name } = this.facts;
    return html`<div>
        <h1>Join ${organization}</h1>
        <p class="muted">You were invited as ${email}.</p>
      </div>
      ${this.problem === null ? nothing : failure("The account was not made.", this.problem)}
      <form @submit=${this.#accept} novalidate>
        <input type="hidden" name="username" autocomplete="username" .value=${email} />
        ${textField({ name: "name", label: "Your name", value: name, autocomplete: "name", required: true, error: this.errors["name"] })}
        ${textField({
          name: "password",
          label: "Choose a password",
          type: "password",
          autocomplete: "new-password",
          required: true,
          hint: "At least 8 characters. A few unrelated words are good.",
          error: this.errors["password"],
        })}
        <cv-zone-select
          label="Your time zone"
          .value=${this.#tzid}
          @cv-change=${(event: CustomEvent<{ tzid: string }>) => (this.#tzid = event.detail.tzid)}
        ></cv-zone-select>
        ${submitButton(`Join ${organization}`, this.busy)}
      </form>`;
  }

  #closed() {
    const gone = this.problem instanceof ApiError && this.problem.status === 404;
    if (!gone) return failure("The invitation could not be opened.", this.problem, () => void this.#load());
    return html`<div>
        <h1>This invitation is no longer open</h1>
        <p class="muted">It may have been used, withdrawn or have expired. Ask the person who sent it for a new one.</p>
      </div>
      <a class="button" href="/signin">I already have an account</a>`;
  }
}
define("invite-page", InvitePage);
