/**
 * `<connection-panel>`: one account at a calendar service: how it does, what helps, which of its calendars count.
 *
 * It asks for everything by events that carry the connection: `connection-sync`, `connection-remedy` (with `remedy`),
 * `connection-access`, `connection-policy`, `connection-disconnect`, and `calendar-choice` (with the PATCH of a calendar).
 */
import { html, nothing } from "lit";
import { property } from "lit/decorators.js";
import { MinuteTicker } from "../../controllers/minute-ticker.ts";
import { cssProperty } from "../../internal/css-property.ts";
import { define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import type { ConnectedCalendar, Connection } from "../platform.ts";
import "../ui/copy.ts";
import { styles } from "./connection-panel.styles.ts";
import {
  arrivalWords,
  consequence,
  isTargetLost,
  progressWords,
  reference,
  type Remedy,
  serviceName,
  stateWords,
  title,
  troubleOf,
  unreadEvents,
  waitingWords,
} from "./connection-words.ts";
import { SettingsPageElement } from "./page.ts";
import { policyWords, sharedWords } from "./policy-words.ts";
import { ACCESS, signInService } from "./sign-in-services.ts";

export interface CalendarChoice {
  calendar_id: string;
  is_checked?: boolean;
  is_target?: boolean;
}

export class ConnectionPanel extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(styles);

  @property({ attribute: false }) connection!: Connection;
  /** Something was asked of it and is on its way. */
  @property({ type: Boolean }) busy = false;
  /** Its calendars are read because somebody asked. */
  @property({ type: Boolean }) reading = false;
  @property({ type: Boolean }) offline = false;

  constructor() {
    super();
    new MinuteTicker(this);
  }

  #ask(name: string, detail: object = {}): void {
    this.emit(name, { connection: this.connection, ...detail });
  }

  protected override render() {
    const { connection } = this;
    const isBuiltin = connection.kind === "builtin";
    const state = stateWords(connection);
    return html`<section class="panel" aria-label=${title(connection)}>
      <div class="row-line">
        <div class="grow">
          <div class="title">
            <h2>${title(connection)}</h2>
            ${isBuiltin ? nothing : html`<span class="chip ${state.look}">${state.label}</span>`}
          </div>
          <p class="small muted">${this.#facts()}</p>
        </div>
        ${isBuiltin ? nothing : this.#actions()}
      </div>
      ${this.#progress()} ${this.#trouble()} ${this.#target()} ${this.#waiting()}
      <ul class="calendars">
        ${connection.calendars.map((calendar) => this.#calendar(calendar))}
      </ul>
      ${this.#unread()} ${isBuiltin ? nothing : this.#policy()}
    </section>`;
  }

  #facts(): string {
    const { connection } = this;
    if (connection.kind === "builtin") return "Always there. Your meetings are kept here even without any other calendar.";
    const read = connection.synced_at === null ? "not read yet" : `read ${this.ago(connection.synced_at)}`;
    const access = connection.access === "" ? "" : ACCESS[connection.access].short;
    const isNamed = connection.username === title(connection);
    return [serviceName(connection.kind), isNamed ? "" : connection.username, access, read, arrivalWords(connection)]
      .filter(Boolean)
      .join(" · ");
  }

  #actions() {
    const { connection, busy, reading, offline } = this;
    const off = offline ? "true" : nothing;
    const isReading = busy || reading || connection.state === "connecting";
    return html`<div class="actions">
      <button
        class="button small"
        type="button"
        aria-busy=${isReading}
        aria-disabled=${off}
        @click=${() => !isReading && !offline && this.#ask("connection-sync")}
      >
        ${icon("sync")}${reading ? "Reading…" : "Sync now"}
      </button>
      ${signInService(connection.kind) === null
        ? nothing
        : html`<button class="button small" type="button" aria-disabled=${off} @click=${() => !offline && this.#ask("connection-access")}>
            Change access
          </button>`}
      <button class="button small" type="button" aria-disabled=${off} @click=${() => !offline && this.#ask("connection-disconnect")}>
        Disconnect
      </button>
    </div>`;
  }

  #progress() {
    const { connection } = this;
    if (connection.state !== "connecting") return nothing;
    const { progress } = connection;
    return html`<div class="notice" role="status">
      ${icon("sync")}
      <div class="notice-text">
        <p>${progressWords(connection, this.language)} You can leave this page.</p>
        ${progress && progress.calendars > 1
          ? html`<progress max=${progress.calendars} value=${progress.calendars_read} aria-label="Calendars read"></progress>`
          : nothing}
      </div>
    </div>`;
  }

  #trouble() {
    const { connection, offline } = this;
    const { error } = connection;
    const trouble = troubleOf(connection);
    if (error === null || trouble === null) return nothing;
    const { heading, look, remedy, action } = trouble;
    const next = error.next_try_at === null ? nothing : html` Next try ${this.soon(error.next_try_at)}.`;
    return html`<div class="notice ${look} trouble">
      ${icon(remedy === "wait" ? "clock" : "warning")}
      <div class="notice-text">
        <p><strong>${heading}</strong> ${remedy === "wait" ? nothing : error.detail}${next}</p>
        <p>${consequence(connection)}</p>
      </div>
      ${action === ""
        ? nothing
        : html`<button
            class="button small ${look === "danger" ? "primary" : ""}"
            type="button"
            aria-busy=${this.busy || (remedy === "retry" && this.reading)}
            aria-disabled=${offline ? "true" : nothing}
            @click=${() => !offline && this.#ask("connection-remedy", { remedy })}
          >
            ${action}
          </button>`}
      <details>
        <summary>Last error</summary>
        <p>
          First ${this.at(error.at)}, ${error.attempts} ${error.attempts === 1 ? "try" : "tries"} since. For whoever helps you:
        </p>
        <div class="reference">
          <code>${reference(connection)}</code>
          <copy-button .value=${reference(connection)} label="Copy"></copy-button>
        </div>
      </details>
    </div>`;
  }

  #target() {
    if (!isTargetLost(this.connection)) return nothing;
    return html`<div class="notice danger">
      ${icon("warning")}
      <p class="notice-text"><strong>Meetings cannot be written here any more.</strong> The calendar has become read-only. They stay booked.</p>
      <button
        class="button small primary"
        type="button"
        @click=${() => this.#ask("connection-remedy", { remedy: "target" satisfies Remedy })}
      >
        Choose another calendar
      </button>
    </div>`;
  }

  #waiting() {
    const { connection } = this;
    const waiting = waitingWords(connection.waiting_writes ?? 0);
    if (waiting === "" || troubleOf(connection) !== null || connection.kind === "builtin") return nothing;
    return html`<p class="small muted aside">${icon("sync")}<span>${waiting}</span></p>`;
  }

  #calendar(calendar: ConnectedCalendar) {
    const { connection } = this;
    const isBuiltin = connection.kind === "builtin";
    const { direction = "both" } = connection.policy ?? {};
    const own = calendar.notices.filter((notice) => notice.code.startsWith("booking_"));
    return html`<li class="calendar">
      <span class="calendar-name">
        <span class="dot" aria-hidden="true" ${cssProperty("--calendar-color", calendar.color || "transparent")}></span>
        <span>${calendar.name}</span>
      </span>
      <label class="check">
        <input
          type="checkbox"
          .checked=${calendar.is_checked && direction !== "out"}
          ?disabled=${isBuiltin || direction === "out" || this.offline}
          @change=${(event: Event) =>
            this.#choose({ calendar_id: calendar.calendar_id, is_checked: (event.target as HTMLInputElement).checked })}
        />
        <span>Makes me busy<span class="visually-hidden">: ${calendar.name}</span></span>
      </label>
      ${calendar.is_target || (calendar.is_writable && direction !== "in")
        ? html`<label class="check">
            <input
              type="radio"
              name="target"
              .checked=${calendar.is_target}
              ?disabled=${this.offline}
              @change=${() => this.#choose({ calendar_id: calendar.calendar_id, is_target: true })}
            />
            <span>Write meetings here<span class="visually-hidden">: ${calendar.name}</span></span>
          </label>`
        : html`<span class="small muted">Read only</span>`}
      ${own.length > 0
        ? html`<ul class="notices">
            ${own.map((one) => html`<li>${one.detail}${one.event ? ` (${one.event})` : ""}</li>`)}
          </ul>`
        : nothing}
    </li>`;
  }

  #choose(choice: CalendarChoice): void {
    this.#ask("calendar-choice", { choice });
  }

  /** Events that were not read as they are, each with what became of it. */
  #unread() {
    const found = unreadEvents(this.connection);
    if (found.length === 0) return nothing;
    const isOne = this.connection.calendars.length === 1;
    return html`<details class="unread">
      <summary>${icon("warning")}${found.length === 1 ? "1 event could not be read as it is" : `${found.length} events could not be read as they are`}</summary>
      <ul>
        ${found.map(
          ({ calendar, detail, event }) =>
            html`<li><strong>${event || "Untitled event"}</strong>${isOne ? "" : ` in ${calendar}`}. ${detail}</li>`,
        )}
      </ul>
      <p class="muted">Everything else is read. Change such an event in its own calendar and it is read again.</p>
    </details>`;
  }

  #policy() {
    const { connection } = this;
    if (!connection.policy) return html`<p class="small muted shared">Colleagues see free and busy from these, never titles.</p>`;
    return html`<div class="policy">
      <p class="small muted grow">${sharedWords(connection.policy)} ${policyWords(connection)}</p>
      <button
        class="button small"
        type="button"
        aria-label="Change rules of ${title(connection)}"
        aria-disabled=${this.offline ? "true" : nothing}
        @click=${() => !this.offline && this.#ask("connection-policy")}
      >
        Change rules
      </button>
    </div>`;
  }
}
define("connection-panel", ConnectionPanel);
