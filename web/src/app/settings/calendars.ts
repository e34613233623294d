/**
 * `<settings-calendars>`: the calendars one has connected: which of them make one busy, which one meetings are written
 * to, how fresh they are, and what to do when one of them needs attention. It follows them while it is looked at.
 */
import { css, html, nothing } from "lit";
import { query, state } from "lit/decorators.js";
import { define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import type { ConnectedCalendar, Connection } from "../platform.ts";
import { Fetched } from "../ui/fetched.ts";
import { OnlineWatch } from "../ui/online.ts";
import { failure, reason, skeletons } from "../ui/parts.ts";
import { Polling } from "../ui/polling.ts";
import "./calendar-dialogs.ts";
import type { ConnectCalendarDialog } from "./calendar-dialogs.ts";
import "./connection-panel.ts";
import type { CalendarChoice } from "./connection-panel.ts";
import { readMark, type Remedy, title } from "./connection-words.ts";
import "./disconnect-dialog.ts";
import type { DisconnectDialog } from "./disconnect-dialog.ts";
import "./feeds.ts";
import { SettingsPageElement } from "./page.ts";
import "./policy-dialog.ts";
import type { ConnectionPolicyDialog } from "./policy-dialog.ts";
import "./sign-in-dialog.ts";
import type { SignInDialog } from "./sign-in-dialog.ts";
import { arrivalOf, goToService, SIGN_IN_SERVICES, signInService } from "./sign-in-services.ts";
import "./subscribe-dialog.ts";
import type { SubscribeCalendarDialog } from "./subscribe-dialog.ts";
import "./target-dialog.ts";
import type { TargetCalendarDialog } from "./target-dialog.ts";

interface Service {
  kind: string;
  is_ready: boolean;
}
type Asked = CustomEvent<{ connection: Connection }>;

/** How often the page looks: while something is read, while something is to be written, and otherwise. */
const WATCH_MS = 1_500;
const CATCHING_UP_MS = 4_000;
const IDLE_MS = 20_000;
/** A reading that somebody asked for is waited for so long. */
const PATIENCE_MS = 90_000;

export class SettingsCalendars extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    .connect {
      display: flex;
      flex-wrap: wrap;
      gap: var(--cv-space-2);
    }
    .notice {
      margin-block: var(--cv-space-3);
    }
    connection-panel + connection-panel {
      margin-block-start: var(--cv-space-4);
    }
    .panel + :is(connection-panel, .skeletons) {
      margin-block-start: var(--cv-space-4);
    }
    .stale .notice {
      margin-block: var(--cv-space-4);
    }
    @media (max-width: 559px) {
      .connect .button {
        flex: 1 1 100%;
      }
    }
  `);

  readonly #connections = new Fetched(this, () => this.api.get<{ connections: Connection[] }>("/api/calendar-connections"));
  readonly #services = new Fetched(this, () => this.api.get<{ services: Service[] }>("/api/calendar-connections/oauth"));
  readonly #online = new OnlineWatch(this);
  readonly #polling = new Polling(
    this,
    () => this.#look(),
    () => (this.#isWatching ? WATCH_MS : this.#isCatchingUp ? CATCHING_UP_MS : IDLE_MS),
  );
  #wasWatching = false;
  @state() private busy: ReadonlySet<string> = new Set();
  /** What a connection looked like when its owner asked to read it, until it looks different. */
  @state() private awaited: ReadonlyMap<string, { mark: string; until: number }> = new Map();
  /** What is said to who comes back from a service. Its address is tidied at once: a reload says nothing again. */
  @state() private arrival = arrivalOf(window.location.search);
  @query("sign-in-dialog") private signInDialog!: SignInDialog;
  @query("connect-calendar-dialog") private connectDialog!: ConnectCalendarDialog;
  @query("subscribe-calendar-dialog") private subscribeDialog!: SubscribeCalendarDialog;
  @query("disconnect-dialog") private disconnectDialog!: DisconnectDialog;
  @query("connection-policy-dialog") private policyDialog!: ConnectionPolicyDialog;
  @query("target-calendar-dialog") private targetDialog!: TargetCalendarDialog;

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.arrival !== null) window.history.replaceState(window.history.state, "", window.location.pathname);
  }

  get #all(): Connection[] {
    return this.#connections.value?.connections ?? [];
  }

  get #isWatching(): boolean {
    return this.awaited.size > 0 || this.#all.some((one) => one.state === "connecting");
  }

  /** Meetings are about to be written: that takes moments where all is well. */
  get #isCatchingUp(): boolean {
    return this.#all.some((one) => one.state === "ok" && (one.waiting_writes ?? 0) > 0);
  }

  protected override updated(): void {
    if (this.#isWatching === this.#wasWatching) return;
    this.#wasWatching = this.#isWatching;
    this.#polling.soon();
  }

  async #look(): Promise<void> {
    // While a write is on its way, its own answer is newer than any reading.
    if (this.busy.size > 0 || !this.#online.isOnline) return;
    await this.#connections.reload();
    this.#settleAwaited();
  }

  /** Says what became of readings that were asked for. */
  #settleAwaited(): void {
    const waiting = new Map(this.awaited);
    for (const [id, { mark, until }] of this.awaited) {
      const connection = this.#all.find((one) => one.connection_id === id);
      if (connection === undefined) waiting.delete(id);
      else if (readMark(connection) !== mark && connection.state !== "connecting") {
        waiting.delete(id);
        this.#sayRead(connection);
      } else if (Date.now() > until) {
        waiting.delete(id);
        this.say(`${title(connection)} takes long to read. This page shows when it is done.`);
      }
    }
    if (waiting.size !== this.awaited.size) this.awaited = waiting;
  }

  #sayRead(connection: Connection): void {
    const name = title(connection);
    if (connection.error === null) this.say(`${name} is up to date.`);
    else this.say(`${name} could not be read. ${connection.error.detail}`, "assertive");
  }

  #replace(connection: Connection): void {
    const isNew = !this.#all.some((one) => one.connection_id === connection.connection_id);
    const connections = this.#all.map((one) => (one.connection_id === connection.connection_id ? connection : one));
    this.#connections.set({ connections: isNew ? [...this.#all, connection] : connections });
  }

  /** Runs a write on one connection; its answer replaces what is shown. Tells whether it was carried out. */
  async #write(id: string, what: string, call: () => Promise<Connection>): Promise<boolean> {
    if (this.busy.has(id)) return false;
    this.busy = new Set([...this.busy, id]);
    try {
      this.#replace(await call());
      return true;
    } catch (error) {
      this.say(`${what} ${reason(error)}`, "assertive");
      void this.#connections.reload();
      return false;
    } finally {
      this.busy = new Set([...this.busy].filter((other) => other !== id));
    }
  }

  async #sync(connection: Connection): Promise<void> {
    const id = connection.connection_id;
    const path = `${connectionPath(connection)}/sync`;
    const mark = readMark(connection);
    const wasQueued = await this.#write(id, "The calendars were not read.", () => this.api.post<Connection>(path));
    if (!wasQueued) return;
    this.awaited = new Map([...this.awaited, [id, { mark, until: Date.now() + PATIENCE_MS }]]);
  }

  #help(connection: Connection, remedy: Remedy): void {
    if (remedy === "target") return this.targetDialog.show(this.#all);
    if (remedy === "allow") return this.#changeAccess(connection);
    if (remedy === "reconnect" || remedy === "address") return void this.#reconnect(connection);
    void this.#sync(connection);
  }

  #changeAccess(connection: Connection): void {
    const service = signInService(connection.kind);
    if (service !== null) this.signInDialog.show(service, connection);
  }

  /** A connection that needs attention: one click where people sign in, elsewhere a new password or address. */
  async #reconnect(connection: Connection): Promise<void> {
    if (connection.kind === "ics") return this.subscribeDialog.show(connection);
    const service = signInService(connection.kind);
    if (service === null) return this.connectDialog.show(connection);
    const id = connection.connection_id;
    if (this.busy.has(id)) return;
    this.busy = new Set([...this.busy, id]);
    try {
      await goToService(this.api, service.kind, connection.access || "two_way", connection);
    } catch (error) {
      this.say(`You were not sent to ${service.brand}. ${reason(error)}`, "assertive");
      this.busy = new Set([...this.busy].filter((other) => other !== id));
    }
  }

  async #choose(connection: Connection, choice: CalendarChoice): Promise<void> {
    const wasDone = await this.#write(connection.connection_id, "Nothing was changed.", () =>
      this.api.patch<Connection>(connectionPath(connection), { calendars: [choice] }),
    );
    // Only one calendar is written to: another connection has just lost the mark.
    if (wasDone && choice.is_target) await this.#connections.reload();
  }

  async #setTarget({ connection, calendar }: { connection: Connection; calendar: ConnectedCalendar }): Promise<void> {
    await this.#choose(connection, { calendar_id: calendar.calendar_id, is_target: true });
    this.say(`Meetings are written to ${calendar.name} from now on.`);
  }

  async #disconnect(connection: Connection, removesFuture: boolean): Promise<void> {
    await this.api.delete(connectionPath(connection), { query: { future: removesFuture ? "remove" : null } });
    const left = this.#all.filter((one) => one.connection_id !== connection.connection_id);
    this.#connections.set({ connections: left });
    this.say(`${title(connection)} is disconnected. Its credentials are forgotten.`);
    void this.#connections.reload();
  }

  #connected(connection: Connection): void {
    this.#replace(connection);
    this.say(`${title(connection)} is connected.`);
  }

  protected override render() {
    return html`
      <section class="panel">
        <div class="panel-head">
          <p class="lead">
            Convene keeps you free where your calendars say you are busy, and writes the meetings you book into one of them.
          </p>
          <div class="connect">
            ${Object.values(SIGN_IN_SERVICES).map(
              (service) =>
                html`<button class="button primary" type="button" @click=${() => this.signInDialog.show(service, null)}>
                  ${icon("plus")}Connect ${service.brand}
                </button>`,
            )}
            <button class="button" type="button" @click=${() => this.connectDialog.show(null)}>
              ${icon("plus")}Connect a calendar
            </button>
            <button class="button" type="button" @click=${() => this.subscribeDialog.show(null)}>
              ${icon("plus")}Subscribe to an address
            </button>
          </div>
        </div>
      </section>
      ${this.#arrived()} ${this.#offline()} ${this.#list()}
      <settings-feeds .api=${this.api} .session=${this.session}></settings-feeds>
      ${this.#dialogs()}
    `;
  }

  #list() {
    const { value, error } = this.#connections;
    // A failed look beside what is known is no reason to hide it: it says so, and tries again by itself.
    if (value === null) {
      return error === null
        ? skeletons(2, "panel", "Loading your calendars")
        : failure("Your calendars could not be read.", error, () => void this.#connections.reload());
    }
    const isStale = error !== null && this.#online.isOnline;
    return html`${isStale
      ? html`<div class="stale">${failure("What is shown may be out of date.", error, () => void this.#look())}</div>`
      : nothing}
    ${value.connections.map((connection) => this.#connection(connection))}`;
  }

  #connection(connection: Connection) {
    const id = connection.connection_id;
    return html`<connection-panel
      .session=${this.session}
      .connection=${connection}
      ?busy=${this.busy.has(id)}
      ?reading=${this.awaited.has(id)}
      ?offline=${!this.#online.isOnline}
      @connection-sync=${(event: Asked) => void this.#sync(event.detail.connection)}
      @connection-remedy=${(event: CustomEvent<{ connection: Connection; remedy: Remedy }>) =>
        this.#help(event.detail.connection, event.detail.remedy)}
      @connection-access=${(event: Asked) => this.#changeAccess(event.detail.connection)}
      @connection-policy=${(event: Asked) => this.policyDialog.show(event.detail.connection)}
      @connection-disconnect=${(event: Asked) => this.disconnectDialog.show(event.detail.connection)}
      @calendar-choice=${(event: CustomEvent<{ connection: Connection; choice: CalendarChoice }>) =>
        void this.#choose(event.detail.connection, event.detail.choice)}
    ></connection-panel>`;
  }

  #dialogs() {
    return html`
      <subscribe-calendar-dialog
        .api=${this.api}
        @calendar-connected=${(event: CustomEvent<Connection>) => this.#connected(event.detail)}
      ></subscribe-calendar-dialog>
      <connect-calendar-dialog
        .api=${this.api}
        @calendar-connected=${(event: CustomEvent<Connection>) => this.#connected(event.detail)}
      ></connect-calendar-dialog>
      <sign-in-dialog
        .api=${this.api}
        .ready=${(this.#services.value?.services ?? []).filter((one) => one.is_ready).map((one) => one.kind)}
      ></sign-in-dialog>
      <connection-policy-dialog
        .api=${this.api}
        @policy-saved=${(event: Asked) => {
          this.#replace(event.detail.connection);
          this.say(`The rules of ${title(event.detail.connection)} are saved.`);
          // Where an account is only read from now on, another calendar is written to.
          void this.#connections.reload();
        }}
      ></connection-policy-dialog>
      <target-calendar-dialog
        @target-chosen=${(event: CustomEvent<{ connection: Connection; calendar: ConnectedCalendar }>) =>
          void this.#setTarget(event.detail)}
      ></target-calendar-dialog>
      <disconnect-dialog
        .api=${this.api}
        .tzid=${this.tzid}
        .disconnect=${(connection: Connection, removesFuture: boolean) => this.#disconnect(connection, removesFuture)}
      ></disconnect-dialog>
    `;
  }

  #offline() {
    if (this.#online.isOnline) return nothing;
    return html`<div class="notice warning" role="status">
      ${icon("offline")}
      <p class="notice-text">You are offline. This is what was known last; nothing can be changed until you are back.</p>
    </div>`;
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
}

const connectionPath = (connection: Connection): string =>
  `/api/calendar-connections/${encodeURIComponent(connection.connection_id)}`;

define("settings-calendars", SettingsCalendars);
