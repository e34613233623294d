/**
 * `<settings-calendars>`: the calendars one has connected: which of them make one busy, which one meetings are written
 * to, how fresh they are, and what to do when one of them needs attention.
 */
import { css, html, nothing } from "lit";
import { query, state } from "lit/decorators.js";
import "../../elements/menu/menu.ts";
import { cssProperty } from "../../internal/css-property.ts";
import { define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import type { ConnectedCalendar, Connection } from "../platform.ts";
import { Fetched } from "../ui/fetched.ts";
import { reason, skeletons } from "../ui/parts.ts";
import "./calendar-dialogs.ts";
import type { ConnectCalendarDialog, DisconnectDialog } from "./calendar-dialogs.ts";
import { ACCESS, arrivalOf, type ConnectGoogleDialog, goToGoogle } from "./google-calendar.ts";
import "./feeds.ts";
import { SettingsPageElement } from "./page.ts";
import "./subscribe-dialog.ts";
import type { SubscribeCalendarDialog } from "./subscribe-dialog.ts";

const STATES: Record<Connection["state"], { label: string; look: string }> = {
  connecting: { label: "Reading for the first time", look: "" },
  ok: { label: "Connected", look: "ok" },
  delayed: { label: "Delayed", look: "warning" },
  rate_limited: { label: "Slowed down by the service", look: "warning" },
  needs_attention: { label: "Needs attention", look: "danger" },
};
const KINDS: Record<string, string> = { builtin: "Convene", caldav: "CalDAV", google: "Google", microsoft: "Microsoft 365", ics: "ICS link" };
interface Service {
  kind: string;
  is_ready: boolean;
}
/** While a first reading is under way its progress is asked for this often. */
const WATCH_MS = 2_500;

export class SettingsCalendars extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    .title {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--cv-space-1) var(--cv-space-2);
    }
    .connect {
      display: flex;
      flex-wrap: wrap;
      gap: var(--cv-space-2);
    }
    h2 {
      font-size: var(--cv-text-lg);
    }
    .notice {
      margin-block: var(--cv-space-3);
    }
    .calendars {
      margin-block-start: var(--cv-space-3);
      border-block-start: 1px solid var(--cv-line);
    }
    .calendar {
      display: grid;
      grid-template-columns: minmax(0, 1fr) auto auto;
      align-items: center;
      gap: var(--cv-space-1) var(--cv-space-4);
      padding-block: var(--cv-space-2);
    }
    .calendar:last-child {
      padding-block-end: 0;
    }
    .calendar + .calendar {
      border-block-start: 1px solid var(--cv-line);
    }
    .calendar-name {
      display: flex;
      align-items: center;
      gap: var(--cv-space-2);
      overflow-wrap: anywhere;
    }
    .dot {
      inline-size: 0.75rem;
      block-size: 0.75rem;
      flex: none;
      border-radius: 50%;
      border: 1px solid var(--cv-line-strong);
      background: var(--calendar-color, var(--cv-surface-sunken));
    }
    .check input[type="radio"] {
      inline-size: 1.25rem;
      block-size: 1.25rem;
    }
    .notices {
      grid-column: 1 / -1;
      font-size: var(--cv-text-sm);
      color: var(--cv-warning);
    }
    .shared {
      margin-block-start: var(--cv-space-3);
    }
    @media (max-width: 559px) {
      .calendar {
        grid-template-columns: minmax(0, 1fr);
      }
      .calendar-name {
        grid-column: 1 / -1;
      }
    }
  `);

  readonly #connections = new Fetched(this, () => this.api.get<{ connections: Connection[] }>("/api/calendar-connections"));
  @state() private busy: ReadonlySet<string> = new Set();
  readonly #services = new Fetched(this, () => this.api.get<{ services: Service[] }>("/api/calendar-connections/oauth"));
  /** What is said to who comes back from a service. Its address is tidied at once: a reload says nothing again. */
  @state() private arrival = arrivalOf(window.location.search);
  @query("connect-google-dialog") private googleDialog!: ConnectGoogleDialog;
  @query("connect-calendar-dialog") private connectDialog!: ConnectCalendarDialog;
  @query("subscribe-calendar-dialog") private subscribeDialog!: SubscribeCalendarDialog;
  @query("disconnect-dialog") private disconnectDialog!: DisconnectDialog;
  #watch: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.arrival !== null) window.history.replaceState(window.history.state, "", window.location.pathname);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#watch);
  }

  protected override updated(): void {
    const isReading = this.#connections.value?.connections.some((one) => one.state === "connecting") ?? false;
    clearTimeout(this.#watch);
    if (isReading) this.#watch = setTimeout(() => void this.#connections.reload(), WATCH_MS);
  }

  #replace(connection: Connection): void {
    const all = this.#connections.value?.connections ?? [];
    const isNew = !all.some((one) => one.connection_id === connection.connection_id);
    const connections = all.map((one) => (one.connection_id === connection.connection_id ? connection : one));
    this.#connections.set({ connections: isNew ? [...all, connection] : connections });
  }

  /** Runs a write on one connection; its answer replaces what is shown. */
  async #write(id: string, what: string, call: () => Promise<Connection>): Promise<void> {
    if (this.busy.has(id)) return;
    this.busy = new Set([...this.busy, id]);
    try {
      this.#replace(await call());
    } catch (error) {
      this.say(`${what} ${reason(error)}`, "assertive");
      void this.#connections.reload();
    } finally {
      this.busy = new Set([...this.busy].filter((other) => other !== id));
    }
  }

  #sync(connection: Connection): void {
    const path = `${connectionPath(connection)}/sync`;
    void this.#write(connection.connection_id, "The calendars were not read.", () => this.api.post<Connection>(path));
  }

  /** A connection that needs attention: at Google with one click, elsewhere with a new password or address. */
  async #reconnect(connection: Connection): Promise<void> {
    if (connection.kind === "ics") return this.subscribeDialog.show(connection);
    if (connection.kind !== "google") return this.connectDialog.show(connection);
    const id = connection.connection_id;
    if (this.busy.has(id)) return;
    this.busy = new Set([...this.busy, id]);
    try {
      await goToGoogle(this.api, connection.access || "two_way", connection);
    } catch (error) {
      this.say(`You were not sent to Google. ${reason(error)}`, "assertive");
      this.busy = new Set([...this.busy].filter((other) => other !== id));
    }
  }

  async #setChecked(connection: Connection, calendar: ConnectedCalendar, isChecked: boolean): Promise<void> {
    const calendars = [{ calendar_id: calendar.calendar_id, is_checked: isChecked }];
    await this.#write(connection.connection_id, "Nothing was changed.", () =>
      this.api.patch<Connection>(connectionPath(connection), { calendars }),
    );
  }

  async #setTarget(connection: Connection, calendar: ConnectedCalendar): Promise<void> {
    const calendars = [{ calendar_id: calendar.calendar_id, is_target: true }];
    await this.#write(connection.connection_id, "Nothing was changed.", () =>
      this.api.patch<Connection>(connectionPath(connection), { calendars }),
    );
    // Only one calendar is written to: another connection has just lost the mark.
    await this.#connections.reload();
  }

  async #disconnect(connection: Connection, removesFuture: boolean): Promise<void> {
    await this.api.delete(connectionPath(connection), { query: { future: removesFuture ? "remove" : null } });
    const left = (this.#connections.value?.connections ?? []).filter((one) => one.connection_id !== connection.connection_id);
    this.#connections.set({ connections: left });
    this.say(`${title(connection)} is disconnected. Its credentials are forgotten.`);
    void this.#connections.reload();
  }

  protected override render() {
    return html`
      <section class="panel">
        <div class="panel-head">
          <p class="lead">
            Convene keeps you free where your calendars say you are busy, and writes the meetings you book into one of them.
          </p>
          <div class="connect">
            <button class="button primary" type="button" @click=${() => this.googleDialog.show(null)}>
              ${icon("plus")}Connect Google
            </button>
            <button class="button" type="button" @click=${() => this.connectDialog.show(null)}>
              ${icon("plus")}Connect a calendar
            </button>
            <button class="button" type="button" @click=${() => this.subscribeDialog.show(null)}>
              ${icon("plus")}Subscribe to an address
            </button>
          </div>
        </div>
      </section>
      ${this.#arrived()}
      ${this.#connections.render(
        "Your calendars",
        ({ connections }) => connections.map((connection) => this.#connection(connection)),
        skeletons(2, "panel", "Loading your calendars"),
      )}
      <settings-feeds .api=${this.api} .session=${this.session}></settings-feeds>
      <subscribe-calendar-dialog
        .api=${this.api}
        @calendar-connected=${(event: CustomEvent<Connection>) => {
          this.#replace(event.detail);
          this.say(`${title(event.detail)} is connected.`);
        }}
      ></subscribe-calendar-dialog>
      <connect-calendar-dialog
        .api=${this.api}
        @calendar-connected=${(event: CustomEvent<Connection>) => {
          this.#replace(event.detail);
          this.say(`${title(event.detail)} is connected.`);
        }}
      ></connect-calendar-dialog>
      <connect-google-dialog
        .api=${this.api}
        ?ready=${this.#services.value?.services.some((one) => one.kind === "google" && one.is_ready) ?? false}
      ></connect-google-dialog>
      <disconnect-dialog
        .disconnect=${(connection: Connection, removesFuture: boolean) => this.#disconnect(connection, removesFuture)}
      ></disconnect-dialog>
    `;
  }

  #arrived() {
    if (this.arrival === null) return nothing;
    const { isWell, heading, text } = this.arrival;
    return html`<div class="notice ${isWell ? "" : "warning"}" role="status">
      ${icon(isWell ? "check" : "warning")}
      <p class="notice-text"><strong>${heading}</strong> ${text}</p>
      <button class="button small" type="button" @click=${() => (this.arrival = null)}>Close</button>
    </div>`;
  }

  #connection(connection: Connection) {
    const isBuiltin = connection.kind === "builtin";
    const isBusy = this.busy.has(connection.connection_id);
    const state = STATES[connection.state];
    return html`<section class="panel" aria-label=${title(connection)}>
      <div class="row-line">
        <div class="grow">
          <div class="title">
            <h2>${title(connection)}</h2>
            ${isBuiltin ? nothing : html`<span class="chip ${state.look}">${state.label}</span>`}
          </div>
          <p class="small muted">${this.#facts(connection)}</p>
        </div>
        ${isBuiltin
          ? nothing
          : html`<button class="button small" type="button" aria-busy=${isBusy} @click=${() => this.#sync(connection)}>
                ${icon("sync")}Sync now
              </button>
              ${connection.kind === "google"
                ? html`<button class="button small" type="button" @click=${() => this.googleDialog.show(connection)}>
                    Change access
                  </button>`
                : nothing}
              <button class="button small" type="button" @click=${() => this.disconnectDialog.show(connection)}>Disconnect</button>`}
      </div>
      ${this.#trouble(connection)}
      <ul class="calendars">
        ${connection.calendars.map((calendar) => this.#calendar(connection, calendar))}
      </ul>
      ${isBuiltin ? nothing : html`<p class="small muted shared">Colleagues see free and busy from these, never titles.</p>`}
    </section>`;
  }

  #facts(connection: Connection): string {
    if (connection.kind === "builtin") return "Always there. Your meetings are kept here even without any other calendar.";
    const read = connection.synced_at === null ? "not read yet" : `read ${this.ago(connection.synced_at)}`;
    const access = connection.access === "" ? "" : ACCESS[connection.access].short;
    return [KINDS[connection.kind] ?? connection.kind, connection.username, access, read].filter(Boolean).join(" · ");
  }

  #trouble(connection: Connection) {
    const { error } = connection;
    if (connection.state === "connecting") {
      return html`<div class="notice" role="status">
        ${icon("sync")}<span class="notice-text">Reading your events for the first time. You can leave this page.</span>
      </div>`;
    }
    if (error === null) return nothing;
    const next = error.next_try_at === null ? "" : ` Next try ${this.at(error.next_try_at)}.`;
    const isRefused = connection.state === "needs_attention";
    return html`<div class="notice ${isRefused ? "danger" : "warning"}">
      ${icon("warning")}
      <p class="notice-text">
        <strong>${isRefused ? "Convene cannot read this calendar." : "Convene reads this calendar late."}</strong>
        ${error.detail} Since ${this.at(error.at)}, ${error.attempts} ${error.attempts === 1 ? "try" : "tries"}.${next}
        ${connection.kind === "ics"
          ? "What it said last still counts."
          : isRefused
            ? "Meetings you book meanwhile wait here and are written once it works again."
            : nothing}
      </p>
      ${isRefused
        ? html`<button class="button small primary" type="button" @click=${() => void this.#reconnect(connection)}>
            ${connection.kind === "ics" ? "Change the address" : "Reconnect"}
          </button>`
        : html`<button class="button small" type="button" @click=${() => this.#sync(connection)}>Try now</button>`}
    </div>`;
  }

  #calendar(connection: Connection, calendar: ConnectedCalendar) {
    const isBuiltin = connection.kind === "builtin";
    return html`<li class="calendar">
      <span class="calendar-name">
        <span class="dot" aria-hidden="true" ${cssProperty("--calendar-color", calendar.color || "transparent")}></span>
        <span>${calendar.name}</span>
      </span>
      <label class="check">
        <input
          type="checkbox"
          .checked=${calendar.is_checked}
          ?disabled=${isBuiltin}
          @change=${(event: Event) => this.#setChecked(connection, calendar, (event.target as HTMLInputElement).checked)}
        />
        <span>Makes me busy<span class="visually-hidden">: ${calendar.name}</span></span>
      </label>
      ${calendar.is_writable
        ? html`<label class="check">
            <input
              type="radio"
              name="target"
              .checked=${calendar.is_target}
              @change=${() => this.#setTarget(connection, calendar)}
            />
            <span>Write meetings here<span class="visually-hidden">: ${calendar.name}</span></span>
          </label>`
        : html`<span class="small muted">Read only</span>`}
      ${calendar.notices.length > 0
        ? html`<ul class="notices">
            ${calendar.notices.map((one) => html`<li>${one.detail}${one.event ? ` (${one.event})` : ""}</li>`)}
          </ul>`
        : nothing}
    </li>`;
  }
}

const connectionPath = (connection: Connection): string =>
  `/api/calendar-connections/${encodeURIComponent(connection.connection_id)}`;

export function title(connection: Connection): string {
  if (connection.kind === "builtin") return "Convene’s own calendar";
  return connection.label || connection.username || (KINDS[connection.kind] ?? connection.kind);
}

define("settings-calendars", SettingsCalendars);
