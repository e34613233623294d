/** `<settings-deliveries>`: what was sent to one webhook, what it answered, and sending it again. */
import { css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import type { Delivery } from "../platform.ts";
import { Fetched } from "../ui/fetched.ts";
import { reason } from "../ui/parts.ts";
import { SettingsPageElement } from "./page.ts";

const PAGE = 50;

export class SettingsDeliveries extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    :host {
      padding: var(--cv-space-3) var(--cv-space-4);
      border-radius: var(--cv-radius);
      background: var(--cv-surface-sunken);
    }
    .head {
      display: flex;
      align-items: center;
      justify-content: space-between;
      gap: var(--cv-space-2);
      margin-block-end: var(--cv-space-2);
    }
    h3 {
      font-size: var(--cv-text-md);
    }
    summary {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--cv-space-1) var(--cv-space-3);
      min-block-size: var(--cv-target-small);
      padding-block: var(--cv-space-1);
      cursor: pointer;
      list-style: none;
    }
    summary::-webkit-details-marker {
      display: none;
    }
    summary > svg.icon {
      color: var(--cv-ink-muted);
    }
    details[open] summary > svg.icon:first-child {
      rotate: 90deg;
    }
    .grow {
      flex: 1 1 9rem;
    }
    .inside {
      display: grid;
      gap: var(--cv-space-3);
      padding-block: var(--cv-space-2) var(--cv-space-3);
    }
    pre {
      background: var(--cv-surface);
    }
    .chip {
      background: var(--cv-surface);
    }
  `);

  @property() webhookId = "";
  readonly #log = new Fetched(this, () => this.#read(null));
  @state() private isEnd = false;
  @state() private busy = "";

  async #read(before: string | null): Promise<Delivery[]> {
    const path = `/api/webhooks/${encodeURIComponent(this.webhookId)}/deliveries`;
    const { deliveries } = await this.api.get<{ deliveries: Delivery[] }>(path, { query: { before, limit: PAGE } });
    this.isEnd = deliveries.length < PAGE;
    return deliveries;
  }

  async #older(shown: Delivery[]): Promise<void> {
    try {
      this.#log.set([...shown, ...(await this.#read(shown.at(-1)?.created_at ?? null))]);
    } catch (error) {
      this.say(`Older deliveries could not be read. ${reason(error)}`, "assertive");
    }
  }

  async #retry(delivery: Delivery): Promise<void> {
    if (this.busy !== "") return;
    this.busy = delivery.delivery_id;
    try {
      const path = `/api/webhooks/${encodeURIComponent(this.webhookId)}/deliveries/${encodeURIComponent(delivery.delivery_id)}/retry`;
      await this.api.post(path);
      this.say("Sending it again.");
      await this.#log.reload();
    } catch (error) {
      this.say(`It was not sent again. ${reason(error)}`, "assertive");
    } finally {
      this.busy = "";
    }
  }

  protected override render() {
    return html`
      <div class="head">
        <h3>Deliveries</h3>
        <button class="button small" type="button" aria-busy=${this.#log.isLoading} @click=${() => this.#log.reload()}>
          ${icon("sync")}Refresh
        </button>
      </div>
      ${this.#log.render("Deliveries", (deliveries) =>
        deliveries.length === 0
          ? html`<p class="muted">Nothing was sent yet.</p>`
          : html`<ul class="rows">
                ${deliveries.map((delivery) => html`<li>${this.#delivery(delivery)}</li>`)}
              </ul>
              ${this.isEnd
                ? nothing
                : html`<button class="button small" type="button" @click=${() => this.#older(deliveries)}>Show older</button>`}`,
      )}
    `;
  }

  #delivery(delivery: Delivery) {
    const isDone = delivery.delivered_at !== null;
    const isWaiting = !isDone && delivery.next_try_at !== null;
    const outcome = isDone ? "Delivered" : isWaiting ? (delivery.attempts === 0 ? "Waiting" : "Will be tried again") : "Failed";
    return html`<details>
      <summary>
        ${icon("chevronRight")}
        <span class="grow mono">${delivery.type}</span>
        <span class="chip ${isDone ? "ok" : isWaiting ? "warning" : "danger"}">${outcome}</span>
        <span class="small muted time">${this.at(delivery.created_at)}</span>
      </summary>
      <div class="inside">
        <p class="small">
          ${delivery.attempts} ${delivery.attempts === 1 ? "try" : "tries"}${delivery.last_status === null
            ? ""
            : `, last answer ${delivery.last_status}`}${delivery.last_ms === null ? "" : ` in ${delivery.last_ms} ms`}.
          ${delivery.last_error ?? ""} ${delivery.next_try_at === null || isDone ? "" : `Next try ${this.at(delivery.next_try_at)}.`}
          <span class="mono muted">${delivery.event_id}</span>
        </p>
        ${delivery.last_response ? html`<div><p class="small muted">Answer</p><pre tabindex="0">${delivery.last_response}</pre></div>` : nothing}
        <div><p class="small muted">Sent</p><pre tabindex="0">${pretty(delivery.body)}</pre></div>
        <div class="actions">
          <button
            class="button small"
            type="button"
            aria-busy=${this.busy === delivery.delivery_id}
            @click=${() => this.#retry(delivery)}
          >
            Send again
          </button>
        </div>
      </div>
    </details>`;
  }
}

function pretty(body: unknown): string {
  if (typeof body !== "string") return JSON.stringify(body, null, 2);
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
define("settings-deliveries", SettingsDeliveries);
