/** `<booking-page-hosts>`: who meets the guests of a page, and how they share that. `value` is what was chosen. */
import { css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { define } from "../../internal/element.ts";
import type { Account } from "../platform.ts";
import { Fetched } from "../ui/fetched.ts";
import { fieldError } from "../ui/text-field.ts";
import { numberField } from "./booking-page-fields.ts";
import { type BookingPage, MODES, type PageHost, type PageMode } from "./booking-pages.types.ts";
import { SettingsPageElement } from "./page.ts";

export class BookingPageHosts extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    :host {
      display: grid;
      gap: var(--cv-space-4);
    }
    .input,
    .button,
    .mode input {
      scroll-margin-block-end: 6rem;
    }
    .modes {
      display: grid;
      gap: var(--cv-space-2);
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr));
    }
    .mode {
      display: grid;
      grid-template-columns: auto 1fr;
      gap: 0 var(--cv-space-2);
      align-content: start;
      padding: var(--cv-space-3);
      border: 1px solid var(--cv-line);
      border-radius: var(--cv-radius);
      cursor: pointer;
    }
    .mode:has(:checked) {
      border-color: var(--cv-accent);
      background: var(--cv-accent-soft);
    }
    .mode input {
      inline-size: 1.25rem;
      block-size: 1.25rem;
      margin: 0.1rem 0 0;
      accent-color: var(--cv-accent);
    }
    .mode small {
      grid-column: 2;
      font-size: var(--cv-text-sm);
      color: var(--cv-ink-muted);
    }
    .hosts {
      display: grid;
      gap: var(--cv-space-2);
      margin: 0;
      padding: 0;
      list-style: none;
    }
    .hosts li {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--cv-space-2);
    }
    .hosts .grow {
      flex: 1 1 8rem;
      overflow-wrap: anywhere;
    }
    .weight {
      display: flex;
      align-items: center;
      gap: var(--cv-space-2);
      font-size: var(--cv-text-sm);
    }
    .weight .input {
      inline-size: 4.5rem;
    }
  `);

  @property({ attribute: false }) page: BookingPage | null = null;
  @property() hostsError: string | undefined;
  @property() quorumError: string | undefined;
  readonly #members = new Fetched(this, () => this.api.get<{ members: Account[] }>("/api/members"));
  @state() private mode: PageMode = "one_on_one";
  @state() private hosts: PageHost[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    const { page, session } = this;
    this.mode = page?.mode ?? "one_on_one";
    this.hosts = (page?.hosts ?? [{ sub: session.account?.sub ?? "", name: session.account?.name ?? "", weight: 1 }]).map((host) => ({ ...host }));
  }

  /** The members of a page that are chosen here. */
  get value() {
    const quorum = this.renderRoot.querySelector<HTMLInputElement>("#quorum")?.value ?? "";
    return {
      mode: this.mode,
      quorum: this.mode === "quorum" && quorum !== "" ? Number(quorum) : null,
      hosts: this.hosts.map(({ sub, weight }) => ({ sub, weight })),
    };
  }

  #chooseMode(mode: PageMode): void {
    this.mode = mode;
    if (mode === "one_on_one" && this.hosts.length > 1) this.hosts = this.hosts.slice(0, 1);
  }

  #addHost(sub: string): void {
    const account = this.#members.value?.members.find((one) => one.sub === sub);
    if (account === undefined) return;
    const host = { sub, name: account.name, weight: 1 };
    this.hosts = this.mode === "one_on_one" ? [host] : [...this.hosts, host];
    this.announce(`${account.name} is a host.`);
  }

  #removeHost(host: PageHost): void {
    this.hosts = this.hosts.filter((one) => one.sub !== host.sub);
    this.announce(`${host.name} is no host.`);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("#add-host")?.focus());
  }

  protected override render() {
    return html`<div class="modes" role="radiogroup" aria-label="Who meets the guest">
        ${MODES.map(
          ({ mode, label, text }) =>
            html`<label class="mode">
              <input type="radio" name="mode" value=${mode} .checked=${this.mode === mode} @change=${() => this.#chooseMode(mode)} />
              <span>${label}</span><small>${text}</small>
            </label>`,
        )}
      </div>
      <div class="field" role="group" aria-label="Hosts" aria-describedby=${this.hostsError ? "hosts-error" : nothing}>
        <span class="label">Hosts</span>
        <ul class="hosts">
          ${this.hosts.map((host) => this.#host(host))}
        </ul>
        ${fieldError("hosts", this.hostsError)}
      </div>
      ${this.#members.render("People", ({ members }) => this.#choice(members))}
      ${this.mode === "quorum"
        ? numberField({
            name: "quorum",
            label: "How many of them meet the guest",
            value: this.page?.quorum ?? Math.min(2, this.hosts.length),
            min: 1,
            max: Math.max(1, this.hosts.length),
            error: this.quorumError,
          })
        : nothing}
      ${this.liveRegions()}`;
  }

  #host(host: PageHost) {
    return html`<li>
      <span class="grow">${host.name}</span>
      ${this.mode === "round_robin" ? this.#share(host) : nothing}
      <button class="button small" type="button" aria-label="Take off ${host.name}" @click=${() => this.#removeHost(host)}>Take off</button>
    </li>`;
  }

  #share(host: PageHost) {
    const change = (event: Event): void => {
      host.weight = Math.min(10, Math.max(1, Number((event.target as HTMLInputElement).value) || 1));
    };
    return html`<label class="weight"
      >Share
      <input class="input" type="number" min="1" max="10" aria-label="Share of ${host.name}" .value=${String(host.weight)} @change=${change} />
    </label>`;
  }

  #choice(members: Account[]) {
    const chosen = new Set(this.hosts.map((host) => host.sub));
    const left = members.filter((one) => !one.suspended && one.role !== "guest" && !chosen.has(one.sub));
    const words = this.mode === "one_on_one" && this.hosts.length > 0 ? "Somebody else instead" : "Add a host";
    if (left.length === 0) return nothing;
    const choose = (event: Event): void => {
      const select = event.target as HTMLSelectElement;
      this.#addHost(select.value);
      select.value = "";
    };
    return html`<div class="field">
      <label for="add-host">${words}</label>
      <select class="input" id="add-host" aria-describedby="add-host-hint" @change=${choose}>
        <option value="">Choose a person</option>
        ${left.map(
          (one) =>
            html`<option value=${one.sub} ?disabled=${one.sharing === "nobody" && one.sub !== this.session.account?.sub}>
              ${one.name}${one.sharing === "nobody" ? " (does not share when free)" : ""}
            </option>`,
        )}
      </select>
      <p class="hint" id="add-host-hint">Hosts are booked within their own working hours, notice and limits. Each can leave the page.</p>
    </div>`;
  }
}
define("booking-page-hosts", BookingPageHosts);
