/** `<settings-booking-pages>`: pages at which others book a time: make, share, watch, switch off and remove them. */
import { css, html, nothing } from "lit";
import { query, state } from "lit/decorators.js";
import "../../elements/dialog/dialog.ts";
import type { DialogElement } from "../../elements/dialog/dialog.element.ts";
import { define } from "../../internal/element.ts";
import { firstFocusable } from "../../internal/focus.ts";
import { icon } from "../../internal/icons.ts";
import { formatDayOf } from "../../internal/time.ts";
import "../ui/copy.ts";
import { Fetched } from "../ui/fetched.ts";
import { appIcon } from "../ui/icons.ts";
import { empty, reason } from "../ui/parts.ts";
import "./booking-page-form.ts";
import "./booking-page-share.ts";
import "./booking-page-statistics.ts";
import { type BookingPage, pagePath, summary } from "./booking-pages.types.ts";
import { SettingsPageElement } from "./page.ts";

type Shown = "form" | "share" | "statistics";

export class SettingsBookingPages extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    .row-line {
      align-items: start;
    }
    .chips {
      display: flex;
      flex-wrap: wrap;
      gap: var(--cv-space-1);
      margin-block: var(--cv-space-1);
    }
    .actions {
      inline-size: 100%;
    }
    .scope {
      margin-block-end: var(--cv-space-3);
    }
  `);

  readonly #pages = new Fetched(this, () =>
    this.api.get<{ booking_pages: BookingPage[] }>(`/api/booking-pages${this.isEverybody ? "?scope=organization" : ""}`),
  );
  @state() private isEverybody = false;
  @state() private shown: Shown | null = null;
  @state() private meant: BookingPage | null = null;
  @state() private isRemoving = false;
  @query("#show") private showDialog!: DialogElement;
  @query("#remove") private removeDialog!: DialogElement;

  async #open(shown: Shown, page: BookingPage | null): Promise<void> {
    this.shown = shown;
    this.meant = page;
    // What is shown must be there before the dialog looks for what to focus.
    await this.#drawn();
    this.showDialog.show();
  }

  async #drawn(): Promise<SettingsPageElement | null> {
    await this.updateComplete;
    const content = this.showDialog.querySelector<SettingsPageElement>(":scope > *");
    await content?.updateComplete;
    return content;
  }

  readonly #saved = async (event: CustomEvent<BookingPage>): Promise<void> => {
    const isNew = this.meant === null;
    this.say(isNew ? `${event.detail.name} was made.` : `${event.detail.name} was saved.`);
    void this.#pages.reload();
    // What one wants of a new page is its address.
    if (isNew) {
      this.meant = event.detail;
      this.shown = "share";
      const content = await this.#drawn();
      if (content !== null) firstFocusable(content)?.focus();
    } else {
      this.showDialog.close();
    }
  };

  async #switch(page: BookingPage): Promise<void> {
    try {
      await this.api.patch(pagePath(page), { is_active: !page.is_active });
      this.say(page.is_active ? `${page.name} takes no bookings.` : `${page.name} takes bookings.`);
    } catch (error) {
      this.say(`Nothing was changed. ${reason(error)}`, "assertive");
    }
    void this.#pages.reload();
  }

  #ask(page: BookingPage, isRemoving: boolean): void {
    this.meant = page;
    this.isRemoving = isRemoving;
    this.removeDialog.show();
  }

  readonly #answer = async (): Promise<void> => {
    const page = this.meant;
    if (page === null) return;
    this.removeDialog.close();
    try {
      if (this.isRemoving) await this.api.delete(pagePath(page));
      else await this.api.post(`${pagePath(page)}/leave`, {});
      this.say(this.isRemoving ? `${page.name} was removed.` : `You left ${page.name}.`);
    } catch (error) {
      this.say(`Nothing was changed. ${reason(error)}`, "assertive");
    }
    void this.#pages.reload();
  };

  #scope(isEverybody: boolean): void {
    this.isEverybody = isEverybody;
    void this.#pages.reload();
  }

  protected override render() {
    return html`
      <section class="panel">
        <div class="panel-head">
          <p class="lead">An address to hand out: whoever has it picks one of your free times. No account is needed.</p>
          <button class="button primary" type="button" @click=${() => void this.#open("form", null)}>${icon("plus")}New page</button>
        </div>
        ${this.session.can("organization:manage")
          ? html`<label class="check scope">
              <input
                type="checkbox"
                .checked=${this.isEverybody}
                @change=${(event: Event) => this.#scope((event.target as HTMLInputElement).checked)}
              />Pages of everybody in the organisation
            </label>`
          : nothing}
        ${this.#pages.render("Booking pages", ({ booking_pages: pages }) =>
          pages.length === 0
            ? empty(appIcon("calendarPlus"), "No pages yet", "Make one for each kind of meeting: an intro call, a consultation, office hours.")
            : html`<ul class="rows">
                ${pages.map((page) => this.#row(page))}
              </ul>`,
        )}
      </section>
      <cv-dialog id="show" size="wide" .heading=${this.#heading()} @cv-close=${this.#closed}>${this.#content()}</cv-dialog>
      <cv-dialog
        id="remove"
        size="small"
        dialog-role="alertdialog"
        .heading=${this.isRemoving ? "Remove this page?" : "Leave this page?"}
      >
        <p>
          ${this.isRemoving
            ? html`The address of <strong>${this.meant?.name}</strong> stops working. Meetings that were booked stay, and guests can
                still move or cancel them.`
            : html`Nobody can book you through <strong>${this.meant?.name}</strong> any more. Meetings that were booked stay.`}
        </p>
        <div slot="footer" class="actions">
          <button class="button danger" type="button" @click=${this.#answer}>${this.isRemoving ? "Remove it" : "Leave"}</button>
          <button class="button" type="button" @click=${() => this.removeDialog.close()}>Keep it</button>
        </div>
      </cv-dialog>
    `;
  }

  readonly #closed = (): void => {
    this.shown = null;
  };

  #heading(): string {
    if (this.shown === "form") return this.meant === null ? "New booking page" : "Change booking page";
    return this.meant?.name ?? "";
  }

  #content() {
    const { api, session, meant } = this;
    if (this.shown === "form") {
      return html`<booking-page-form .api=${api} .session=${session} .page=${meant} @page-saved=${this.#saved}></booking-page-form>`;
    }
    if (meant === null || this.shown === null) return nothing;
    if (this.shown === "share") return html`<booking-page-share .api=${api} .session=${session} .page=${meant}></booking-page-share>`;
    return html`<booking-page-statistics .api=${api} .session=${session} .page=${meant}></booking-page-statistics>`;
  }

  #row(page: BookingPage) {
    const mine = this.session.account?.sub === page.owner.sub;
    const hosts = page.hosts.map((host) => host.name).join(", ");
    const added = page.hosting_since;
    return html`<li class="row-line">
      <div class="grow">
        <p class="name">${page.name}</p>
        <div class="chips">
          <span class="chip ${page.is_active ? "ok" : "warning"}">${page.is_active ? "Active" : "Switched off"}</span>
          ${page.waiting > 0 ? html`<span class="chip">${page.waiting} waiting</span>` : nothing}
          ${mine ? nothing : html`<span class="chip">Page of ${page.owner.name}</span>`}
        </div>
        <p class="small muted">${summary(page)} · ${hosts === "" ? "no hosts" : hosts}</p>
        ${added === null || added.added_by === null
          ? nothing
          : html`<p class="small">Added by ${added.added_by.name}, <time datetime=${added.at}>${formatDayOf(added.at, this.tzid, this.language)}</time></p>`}
      </div>
      <copy-button label="Copy address" .value=${page.url}></copy-button>
      <div class="actions">
        ${this.#button("Share", `Share ${page.name}`, () => void this.#open("share", page))}
        ${this.#button("Statistics", `Statistics of ${page.name}`, () => void this.#open("statistics", page))}
        ${page.is_active
          ? html`<a class="button small" href="${page.url}?preview=1" target="_blank" rel="noopener" aria-label="Preview ${page.name}">Preview</a>`
          : nothing}
        ${page.may_manage
          ? html`${this.#button("Change", `Change ${page.name}`, () => void this.#open("form", page))}
            ${this.#button(page.is_active ? "Switch off" : "Switch on", `Switch ${page.is_active ? "off" : "on"} ${page.name}`, () => void this.#switch(page))}
            ${this.#button("Remove", `Remove ${page.name}`, () => this.#ask(page, true))}`
          : nothing}
        ${page.is_host && !mine ? this.#button("Leave", `Leave ${page.name}`, () => this.#ask(page, false)) : nothing}
      </div>
    </li>`;
  }

  #button(words: string, label: string, press: () => void) {
    return html`<button class="button small" type="button" aria-label=${label} @click=${press}>${words}</button>`;
  }
}
define("settings-booking-pages", SettingsBookingPages);
