/** `<settings-feeds>`: private addresses at which calendar programs read one's own calendar; made, copied, renewed, revoked. */
import { css, html, nothing } from "lit";
import { query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { ApiError } from "../../internal/api-client.ts";
import { define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import "../ui/copy.ts";
import { Fetched } from "../ui/fetched.ts";
import { empty, failure, reason, skeletons } from "../ui/parts.ts";
import { focusFirstInvalid, formValues, submitButton, textField } from "../ui/text-field.ts";
import { SettingsPageElement } from "./page.ts";

interface Feed {
  feed_id: string;
  name: string;
  detail: "busy" | "full";
  with_calendars: boolean;
  url: string;
  created_at: string;
  renewed_at: string;
  read_at: string | null;
}
type Asked = { feed: Feed; what: "renew" | "revoke" };

const PATH = "/api/calendar-feeds";
const DETAILS: Record<Feed["detail"], { label: string; text: string }> = {
  busy: { label: "Only when I am busy", text: "Times without titles, people or places." },
  full: { label: "My meetings", text: "With titles, places and who takes part." },
};

/** The address for programs that open calendars by themselves. */
export const webcal = (url: string): string => url.replace(/^https?:/u, "webcal:");

export class SettingsFeeds extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    :host {
      display: block;
      margin-block-start: var(--cv-space-4);
    }
    form {
      display: grid;
      gap: var(--cv-space-4);
    }
    h2 {
      font-size: var(--cv-text-lg);
    }
    .address {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--cv-space-2);
      margin-block-start: var(--cv-space-2);
    }
    .address code {
      flex: 1 1 14rem;
      min-inline-size: 0;
      overflow: hidden;
      padding: var(--cv-space-2) var(--cv-space-3);
      border-radius: var(--cv-radius-sm);
      background: var(--cv-surface-sunken);
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .feed {
      display: block;
      padding-block: var(--cv-space-4);
    }
    .check input {
      inline-size: 1.25rem;
      block-size: 1.25rem;
    }
    .choice {
      display: grid;
      grid-template-columns: auto 1fr;
      align-items: start;
      margin-block-start: var(--cv-space-2);
    }
    .choice small {
      display: block;
      color: var(--cv-ink-muted);
      font-size: var(--cv-text-sm);
    }
  `);

  readonly #feeds = new Fetched(this, () => this.api.get<{ feeds: Feed[] }>(PATH));
  @state() private detail: Feed["detail"] = "busy";
  @state() private withCalendars = true;
  @state() private asked: Asked | null = null;
  @state() private busy = false;
  @state() private problem: unknown = null;
  @state() private errors: Readonly<Record<string, string>> = {};
  @query("#make") private makeDialog!: DialogElement;
  @query("#sure") private sureDialog!: DialogElement;

  #open(): void {
    this.problem = null;
    this.errors = {};
    this.#choose("busy");
    const name = this.renderRoot.querySelector<HTMLInputElement>("#name");
    if (name) name.value = "";
    this.makeDialog.show();
  }

  #choose(detail: Feed["detail"]): void {
    this.detail = detail;
    this.withCalendars = detail === "busy";
  }

  async #make(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    const name = (formValues(event.target as HTMLFormElement)["name"] ?? "").trim();
    this.problem = null;
    this.errors = name === "" ? { name: "Give it a name: the calendar is called so where it is read." } : {};
    if (name === "") {
      void this.updateComplete.then(() => focusFirstInvalid(this.renderRoot));
      return;
    }
    this.busy = true;
    try {
      const made = await this.api.post<Feed>(PATH, { name, detail: this.detail, with_calendars: this.withCalendars });
      this.#feeds.set({ feeds: [...(this.#feeds.value?.feeds ?? []), made] });
      this.makeDialog.close();
      this.say(`${made.name} has its address.`);
    } catch (error) {
      if (error instanceof ApiError && Object.keys(error.fields).length > 0) this.errors = error.fields;
      else this.problem = error;
      void this.updateComplete.then(() => focusFirstInvalid(this.renderRoot));
    } finally {
      this.busy = false;
    }
  }

  #ask(feed: Feed, what: Asked["what"]): void {
    this.asked = { feed, what };
    this.sureDialog.show();
  }

  async #do(): Promise<void> {
    if (this.asked === null) return;
    const { feed, what } = this.asked;
    const path = `${PATH}/${encodeURIComponent(feed.feed_id)}`;
    this.sureDialog.close();
    try {
      if (what === "renew") await this.api.post<Feed>(`${path}/renew`);
      else await this.api.delete(path);
      this.say(what === "renew" ? `${feed.name} has a new address.` : `${feed.name} is revoked.`);
    } catch (error) {
      this.say(`${feed.name} is as it was. ${reason(error)}`, "assertive");
    }
    void this.#feeds.reload();
  }

  protected override render() {
    const isRenewing = this.asked?.what === "renew";
    return html`
      <section class="panel" aria-labelledby="feeds">
        <div class="panel-head">
          <div>
            <h2 id="feeds">Your feeds</h2>
            <p class="lead">See your meetings in another calendar program, or let somebody see when you are busy.</p>
          </div>
          <button class="button" type="button" @click=${this.#open}>${icon("plus")}Make a feed</button>
        </div>
        ${this.#feeds.render(
          "Your feeds",
          ({ feeds }) =>
            feeds.length === 0
              ? empty("sync", "No feeds yet", "A feed is a private address. Whoever has it can read what you chose, until you revoke it.")
              : html`<ul class="rows">
                  ${feeds.map((feed) => this.#row(feed))}
                </ul>`,
          skeletons(1, "row", "Loading your feeds"),
        )}
      </section>
      <cv-dialog id="make" heading="Make a feed">${this.#form()}</cv-dialog>
      <cv-dialog
        id="sure"
        size="small"
        dialog-role="alertdialog"
        .heading=${isRenewing ? "Give this feed a new address?" : "Revoke this feed?"}
      >
        <p>
          Programs that read <strong>${this.asked?.feed.name}</strong> find nothing at its address from now on.
          ${isRenewing ? "Give the new one to those that shall go on." : "What they have copied stays with them."}
        </p>
        <div slot="footer" class="actions">
          <button class="button ${isRenewing ? "primary" : "danger"}" type="button" @click=${this.#do}>
            ${isRenewing ? "Renew" : "Revoke"}
          </button>
          <button class="button" type="button" @click=${() => this.sureDialog.close()}>Keep it</button>
        </div>
      </cv-dialog>
    `;
  }

  #row(feed: Feed) {
    const read = feed.read_at === null ? "not read yet" : `read ${this.ago(feed.read_at)}`;
    const others = feed.with_calendars ? "with connected calendars" : "only meetings booked here";
    return html`<li class="feed" aria-label=${feed.name}>
      <div class="row-line">
        <div class="grow">
          <p class="name">${feed.name}</p>
          <p class="small muted">${DETAILS[feed.detail].label} · ${others} · ${read}</p>
        </div>
        <button class="button small" type="button" aria-label="Renew ${feed.name}" @click=${() => this.#ask(feed, "renew")}>
          Renew
        </button>
        <button class="button small" type="button" aria-label="Revoke ${feed.name}" @click=${() => this.#ask(feed, "revoke")}>
          Revoke
        </button>
      </div>
      <div class="address">
        <code>${feed.url}</code>
        <copy-button label="Copy the address" .value=${feed.url}></copy-button>
        <a class="button small" href=${webcal(feed.url)}>Open in a calendar program</a>
      </div>
    </li>`;
  }

  #form() {
    return html`<form @submit=${this.#make} novalidate>
      ${this.problem === null ? nothing : failure("No feed was made.", this.problem)}
      ${textField({
        name: "name",
        label: "Name",
        required: true,
        maxLength: 100,
        placeholder: "My meetings on the phone",
        hint: "Programs show it as the calendar’s name.",
        error: this.errors["name"],
      })}
      <fieldset>
        <legend>It tells</legend>
        ${(["busy", "full"] as const).map(
          (detail) =>
            html`<label class="check choice">
              <input type="radio" name="detail" value=${detail} .checked=${this.detail === detail} @change=${() => this.#choose(detail)} />
              <span>${DETAILS[detail].label}<small>${DETAILS[detail].text}</small></span>
            </label>`,
        )}
      </fieldset>
      <label class="check">
        <input
          type="checkbox"
          .checked=${this.withCalendars}
          @change=${(event: Event) => (this.withCalendars = (event.target as HTMLInputElement).checked)}
        />
        <span>Also what is in my connected calendars</span>
      </label>
      <p class="hint">It holds the last 30 days and the coming 12 months. You can revoke it at any time.</p>
      <div class="actions">
        ${submitButton("Make the feed", this.busy)}
        <button class="button" type="button" @click=${() => this.makeDialog.close()}>Not now</button>
      </div>
    </form>`;
  }
}
define("settings-feeds", SettingsFeeds);
