/** `<settings-conflicts>`: where a calendar and a booking say different things, and what was decided lately. */
import { css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { ConflictsWatch, type OpenConflicts } from "../conflicts.ts";
import type { Conflict } from "../platform.ts";
import { settingsPath } from "../router.ts";
import { Fetched } from "../ui/fetched.ts";
import { OnlineWatch } from "../ui/online.ts";
import { empty, skeletons } from "../ui/parts.ts";
import { Polling } from "../ui/polling.ts";
import "./conflict-view.ts";
import { SettingsPageElement } from "./page.ts";

type Items = { items: Conflict[] };
const EVERY_MS = 20_000;

export class SettingsConflicts extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(css`
    .lead {
      margin-block-end: var(--cv-space-4);
    }
    .notice {
      margin-block-end: var(--cv-space-4);
    }
    conflict-view + conflict-view {
      margin-block-start: var(--cv-space-4);
    }
    details {
      margin-block-start: var(--cv-space-5);
    }
    summary {
      min-block-size: var(--cv-target);
      align-content: center;
      font-weight: 550;
      cursor: pointer;
    }
  `);

  @property({ attribute: false }) conflicts: OpenConflicts | null = null;
  readonly #open = new Fetched(this, () => this.api.get<Items>("/api/calendar-conflicts", { query: { state: "open" } }));
  readonly #resolved = new Fetched(this, () => this.api.get<Items>("/api/calendar-conflicts", { query: { state: "resolved" } }));
  readonly #online = new OnlineWatch(this);
  /** Decided here and now: they stay in their place with what came of it. */
  @state() private decided: ReadonlyMap<string, Conflict> = new Map();

  constructor() {
    super();
    new ConflictsWatch(this, () => this.conflicts);
    new Polling(
      this,
      async () => {
        if (this.#online.isOnline) await this.#open.reload();
      },
      () => EVERY_MS,
    );
  }

  #done(conflict: Conflict, text: string): void {
    this.decided = new Map([...this.decided, [conflict.conflict_id, conflict]]);
    this.say(text);
    this.#again();
  }

  #again(): void {
    void this.#open.reload();
    void this.#resolved.reload();
    void this.conflicts?.reload();
  }

  protected override render() {
    return html`
      <p class="lead">
        Where somebody changed a meeting in their own calendar and Convene should not decide alone. Until you choose, what is
        booked here counts. By which rules this happens is set for each account under
        <a href=${settingsPath("calendars")}>Calendars</a>.
      </p>
      ${this.#offline()}
      ${this.#open.render("Conflicts", ({ items }) => this.#list(items), skeletons(1, "panel", "Loading conflicts"))}
      ${this.#history()}
    `;
  }

  #list(open: Conflict[]) {
    const ids = new Set(open.map((one) => one.conflict_id));
    const items = [...open, ...[...this.decided.values()].filter((one) => !ids.has(one.conflict_id))];
    if (items.length === 0) {
      return html`<section class="panel">
        ${empty("checkCircle", "No conflicts", "Your calendars and your meetings say the same. If that changes, you find both versions here.")}
      </section>`;
    }
    return items.map((conflict) => this.#one(this.decided.get(conflict.conflict_id) ?? conflict));
  }

  #one(conflict: Conflict) {
    return html`<conflict-view
      .api=${this.api}
      .session=${this.session}
      .conflict=${conflict}
      ?offline=${!this.#online.isOnline}
      @conflict-resolved=${(event: CustomEvent<{ conflict: Conflict; text: string }>) =>
        this.#done(event.detail.conflict, event.detail.text)}
      @conflict-stale=${(event: CustomEvent<{ text: string }>) => {
        this.say(event.detail.text, "assertive");
        this.#again();
      }}
    ></conflict-view>`;
  }

  #history() {
    const shown = (this.#resolved.value?.items ?? []).filter((one) => !this.decided.has(one.conflict_id)).slice(0, 10);
    if (shown.length === 0) return nothing;
    return html`<details>
      <summary>Decided lately (${shown.length})</summary>
      ${shown.map((conflict) => this.#one(conflict))}
    </details>`;
  }

  #offline() {
    if (this.#online.isOnline) return nothing;
    return html`<div class="notice warning" role="status">
      ${icon("offline")}
      <p class="notice-text">You are offline. This is what was known last; nothing can be decided until you are back.</p>
    </div>`;
  }
}
define("settings-conflicts", SettingsConflicts);
