/** `<settings-webhooks>`: who is told when something happens: subscriptions, their secrets, and what was delivered. */
import { css, html, nothing } from "lit";
import { query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ApiError } from "../../internal/api-client.ts";
import { define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import type { Webhook } from "../platform.ts";
import "../ui/copy.ts";
import { appIcon } from "../ui/icons.ts";
import { Fetched } from "../ui/fetched.ts";
import { empty, failure, reason } from "../ui/parts.ts";
import { fieldError, focusFirstInvalid, formValues, submitButton, textField } from "../ui/text-field.ts";
import "./deliveries.ts";
import { SettingsPageElement } from "./page.ts";

const EVENTS: { type: string; text: string }[] = [
  { type: "booking.confirmed", text: "A meeting was booked" },
  { type: "booking.requested", text: "Somebody asks for a meeting" },
  { type: "booking.series", text: "Several meetings were booked at once" },
  { type: "booking.declined", text: "A request was declined" },
  { type: "waitlist.offered", text: "A time is free for somebody who waits" },
  { type: "booking.rescheduled", text: "A meeting was moved" },
  { type: "booking.cancelled", text: "A meeting was cancelled" },
  { type: "booking.edited", text: "What a meeting says was changed" },
  { type: "booking.synced", text: "A meeting reached somebody’s calendar" },
  { type: "booking.reminder", text: "A meeting begins soon" },
  { type: "availability.changed", text: "Somebody’s free times changed" },
  { type: "calendar.needs_attention", text: "A calendar cannot be read any more" },
];

export class SettingsWebhooks extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    form {
      display: grid;
      gap: var(--cv-space-4);
    }
    .event {
      display: grid;
      grid-template-columns: auto 1fr;
      gap: 0 var(--cv-space-2);
      padding-block: var(--cv-space-1);
      cursor: pointer;
    }
    .event input {
      inline-size: 1.5rem;
      block-size: 1.5rem;
      margin: 0;
      accent-color: var(--cv-accent);
    }
    .event small {
      grid-column: 2;
      font-size: var(--cv-text-sm);
      color: var(--cv-ink-muted);
    }
    .chips {
      display: flex;
      flex-wrap: wrap;
      gap: var(--cv-space-1);
      margin-block: var(--cv-space-1);
    }
    .notice {
      margin-block-start: var(--cv-space-3);
    }
    settings-deliveries {
      margin-block-start: var(--cv-space-3);
    }
  `);

  readonly #webhooks = new Fetched(this, () => this.api.get<{ webhooks: Webhook[] }>("/api/webhooks"));
  @state() private made: Webhook | null = null;
  @state() private removing: Webhook | null = null;
  @state() private shown: ReadonlySet<string> = new Set();
  @state() private busy = false;
  @state() private problem: unknown = null;
  @state() private errors: Readonly<Record<string, string>> = {};
  @query("#create") private createDialog!: DialogElement;
  @query("#remove") private removeDialog!: DialogElement;

  #openCreate(): void {
    this.made = null;
    this.problem = null;
    this.errors = {};
    this.createDialog.show();
  }

  async #create(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    const form = event.target as HTMLFormElement;
    const events = new FormData(form).getAll("event").map(String);
    const { url = "", scope = "member" } = formValues(form);
    this.errors = {};
    this.problem = null;
    if (events.length === 0) {
      this.errors = { events: "Choose at least one event." };
      return;
    }
    this.busy = true;
    try {
      const body = { url: url.trim(), events, ...(scope === "organization" ? { scope } : {}) };
      this.made = await this.api.post<Webhook>("/api/webhooks", body);
      void this.#webhooks.reload();
    } catch (error) {
      if (error instanceof ApiError && Object.keys(error.fields).length > 0) this.errors = error.fields;
      else this.problem = error;
      void this.updateComplete.then(() => focusFirstInvalid(this.renderRoot));
    } finally {
      this.busy = false;
    }
  }

  async #remove(): Promise<void> {
    const webhook = this.removing;
    if (webhook === null) return;
    this.removeDialog.close();
    try {
      await this.api.delete(`/api/webhooks/${encodeURIComponent(webhook.webhook_id)}`);
      this.say("The webhook is removed.");
    } catch (error) {
      this.say(`The webhook is still there. ${reason(error)}`, "assertive");
    }
    void this.#webhooks.reload();
  }

  async #resume(webhook: Webhook): Promise<void> {
    try {
      await this.api.post(`/api/webhooks/${encodeURIComponent(webhook.webhook_id)}/resume`);
      this.say("Deliveries go on.");
    } catch (error) {
      this.say(`It is still paused. ${reason(error)}`, "assertive");
    }
    void this.#webhooks.reload();
  }

  #toggle(id: string): void {
    const shown = new Set(this.shown);
    if (!shown.delete(id)) shown.add(id);
    this.shown = shown;
  }

  protected override render() {
    return html`
      <section class="panel">
        <div class="panel-head">
          <p class="lead">Convene tells your own services what happens, with signed requests that carry the whole meeting.</p>
          <button class="button primary" type="button" @click=${this.#openCreate}>${icon("plus")}New webhook</button>
        </div>
        ${this.#webhooks.render("Webhooks", ({ webhooks }) =>
          webhooks.length === 0
            ? empty(appIcon("webhook"), "No webhooks yet", "Add the address of a service that should hear of meetings.")
            : html`<ul class="rows">
                ${webhooks.map((webhook) => html`<li>${this.#webhook(webhook)}</li>`)}
              </ul>`,
        )}
      </section>
      <cv-dialog id="create" @cv-close=${() => (this.made = null)} .heading=${this.made === null ? "New webhook" : "Webhook made"}>
        ${this.made === null ? this.#form() : this.#secret(this.made)}
      </cv-dialog>
      <cv-dialog id="remove" size="small" dialog-role="alertdialog" heading="Remove this webhook?">
        <p><span class="mono">${this.removing?.url}</span> is told nothing any more, and its log is deleted.</p>
        <div slot="footer" class="actions">
          <button class="button danger" type="button" @click=${this.#remove}>Remove</button>
          <button class="button" type="button" @click=${() => this.removeDialog.close()}>Keep it</button>
        </div>
      </cv-dialog>
    `;
  }

  #webhook(webhook: Webhook) {
    const isActive = webhook.state === "active";
    const isShown = this.shown.has(webhook.webhook_id);
    return html`<div class="row-line">
        <div class="grow">
          <p class="name mono">${webhook.url}</p>
          <div class="chips">
            <span class="chip ${isActive ? "ok" : "warning"}">${isActive ? "Active" : stateWords(webhook.state)}</span>
            ${webhook.scope === "organization" ? html`<span class="chip">Everybody’s meetings</span>` : nothing}
            ${webhook.events.map((event) => html`<span class="chip">${event}</span>`)}
          </div>
        </div>
        <button
          class="button small"
          type="button"
          aria-expanded=${isShown}
          aria-label="Deliveries to ${webhook.url}"
          @click=${() => this.#toggle(webhook.webhook_id)}
        >
          Deliveries
        </button>
        <button
          class="button small"
          type="button"
          aria-label="Remove ${webhook.url}"
          @click=${() => {
            this.removing = webhook;
            this.removeDialog.show();
          }}
        >
          Remove
        </button>
      </div>
      ${isActive
        ? nothing
        : html`<div class="notice warning">
            ${icon("warning")}
            <p class="notice-text">Nothing is sent at the moment. ${webhook.state_reason || "The address failed too often."}</p>
            <button class="button small primary" type="button" @click=${() => this.#resume(webhook)}>Resume</button>
          </div>`}
      ${isShown
        ? html`<settings-deliveries .api=${this.api} .session=${this.session} .webhookId=${webhook.webhook_id}></settings-deliveries>`
        : nothing}`;
  }

  #form() {
    return html`<form @submit=${this.#create} novalidate>
      ${this.problem === null ? nothing : failure("No webhook was made.", this.problem)}
      ${textField({
        name: "url",
        label: "Address",
        type: "url",
        required: true,
        placeholder: "https://hooks.example.com/convene",
        hint: "Requests come with Standard Webhooks headers.",
        error: this.errors["url"],
      })}
      <fieldset aria-describedby=${this.errors["events"] ? "events-error" : nothing}>
        <legend>Tell it when</legend>
        ${EVENTS.map(
          ({ type, text }) =>
            html`<label class="event">
              <input type="checkbox" name="event" value=${type} ?checked=${type.startsWith("booking.c") || type === "booking.rescheduled"} />
              <span>${text}</span><small class="mono">${type}</small>
            </label>`,
        )}
        ${fieldError("events", this.errors["events"])}
      </fieldset>
      ${this.session.can("organization:manage")
        ? html`<label class="event">
            <input type="checkbox" name="scope" value="organization" />
            <span>For everybody’s meetings</span><small>Otherwise only for your own.</small>
          </label>`
        : nothing}
      ${submitButton("Make the webhook", this.busy)}
    </form>`;
  }

  #secret(webhook: Webhook) {
    return html`<div class="secret">
      <p>This secret signs every request. Copy it now; it is not shown again.</p>
      <div class="secret-value"><code>${webhook.secret}</code><copy-button .value=${webhook.secret ?? ""}></copy-button></div>
    </div>`;
  }
}

function stateWords(state: string): string {
  return state.charAt(0).toUpperCase() + state.slice(1).replaceAll("_", " ");
}
define("settings-webhooks", SettingsWebhooks);
