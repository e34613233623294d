/**
 * `<conflict-view>`: one conflict with both versions side by side, and the decision.
 *
 * Events: `conflict-resolved` with the conflict as it is then, `conflict-stale` when somebody else was quicker.
 */
import { html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { ApiError } from "../../internal/api-client.ts";
import { define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { formatDayOf, formatTimeRange } from "../../internal/time.ts";
import type { Conflict } from "../platform.ts";
import { bookingPath } from "../router.ts";
import { failure } from "../ui/parts.ts";
import { styles } from "./conflict-view.styles.ts";
import { decisions, happened, type Line, linesOf, type Look, outcome, placeOf } from "./conflict-words.ts";
import { SettingsPageElement } from "./page.ts";

interface Alternative {
  start: string;
  end: string;
}

export class ConflictView extends SettingsPageElement {
  static override styles = SettingsPageElement.stylesOf(styles);

  @property({ attribute: false }) conflict!: Conflict;
  @property({ type: Boolean }) offline = false;
  @state() private busy: "" | "ours" | "theirs" = "";
  @state() private problem: ApiError | null = null;

  get #look(): Look {
    return { tzid: this.tzid, locale: this.language, me: this.session.account?.sub ?? "" };
  }

  async #resolve(choice: "ours" | "theirs"): Promise<void> {
    if (this.busy !== "" || this.offline) return;
    this.busy = choice;
    this.problem = null;
    try {
      const path = `/api/calendar-conflicts/${encodeURIComponent(this.conflict.conflict_id)}/resolve`;
      const conflict = await this.api.post<Conflict>(path, { choice });
      this.emit("conflict-resolved", { conflict, text: outcome(conflict, this.#look) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "already_resolved" || error.status === 404) this.emit("conflict-stale", { text: error.detail });
      else this.problem = error;
    } finally {
      this.busy = "";
    }
  }

  protected override render() {
    const { conflict } = this;
    const look = this.#look;
    const lines = linesOf(conflict, look);
    return html`<article class="panel" aria-labelledby="title">
      <div class="row-line">
        <div class="grow">
          <h2 id="title"><a href=${bookingPath(conflict.booking_id)}>${conflict.title}</a></h2>
          <p class="small muted">${this.#seen()}</p>
        </div>
      </div>
      <p class="happened">${happened(conflict, look)}</p>
      <div class="sides">
        ${this.#side("In Convene", lines, (line) => line.ours)}
        ${conflict.theirs === null
          ? this.#deleted()
          : this.#side(`In ${placeOf(conflict, look)}`, lines, (line) => line.theirs ?? "")}
      </div>
      ${this.#problem()} ${conflict.state === "open" ? this.#actions() : this.#ended()}
    </article>`;
  }

  #seen(): string {
    const { conflict } = this;
    if (conflict.state === "resolved" && conflict.resolved_at !== null) return `Decided ${this.ago(conflict.resolved_at)}`;
    return `Noticed ${this.ago(conflict.seen_at)}`;
  }

  #side(heading: string, lines: Line[], tell: (line: Line) => string) {
    return html`<section class="side" aria-label=${heading}>
      <h3>${heading}</h3>
      <dl>
        ${lines.map(
          (line) =>
            html`<div class=${line.differs ? "differs" : ""}>
              <dt>${line.label}${line.differs ? html`<span class="mark">differs</span>` : nothing}</dt>
              <dd>${tell(line) || html`<span class="muted">nothing</span>`}</dd>
            </div>`,
        )}
      </dl>
    </section>`;
  }

  #deleted() {
    const place = placeOf(this.conflict, this.#look);
    return html`<section class="side gone" aria-label="In ${place}">
      <h3>In ${place}</h3>
      <p>${icon("trash")}<span>Deleted</span></p>
    </section>`;
  }

  #actions() {
    const { conflict, offline, busy } = this;
    const { ours, theirs } = decisions(conflict, this.#look);
    const one = (choice: "ours" | "theirs", look: string, { label, means }: typeof ours) =>
      conflict.choices.includes(choice)
        ? html`<div class="choice">
            <button
              class="button ${look}"
              type="button"
              aria-busy=${busy === choice}
              aria-disabled=${offline || busy !== "" ? "true" : nothing}
              aria-describedby="means-${choice}"
              @click=${() => void this.#resolve(choice)}
            >
              ${label}
            </button>
            <p class="hint" id="means-${choice}">${means}</p>
          </div>`
        : nothing;
    const isDeletion = conflict.kind === "deleted";
    return html`<div class="choices">${one("ours", "primary", ours)} ${one("theirs", isDeletion ? "danger" : "", theirs)}</div>`;
  }

  #ended() {
    return html`<p class="ended">${icon("check")}<span>${outcome(this.conflict, this.#look)}</span></p>`;
  }

  #problem() {
    const { problem, conflict } = this;
    if (problem === null) return nothing;
    if (problem.code !== "slot_taken") return failure("Nothing was decided.", problem);
    const free = [...((problem.problem["alternatives"] ?? []) as Alternative[])].sort((a, b) => a.start.localeCompare(b.start));
    return html`<div class="notice danger" role="alert">
      ${icon("warning")}
      <div class="notice-text">
        <p><strong>That time is not free for everyone any more.</strong> The meeting stays where it is.</p>
        ${free.length === 0
          ? nothing
          : html`<p>Next free for everyone:</p>
              <ul class="free">
                ${free.map(({ start, end }) => html`<li>${this.#range(start, end)}</li>`)}
              </ul>`}
      </div>
      <a class="button small" href="${bookingPath(conflict.booking_id)}?do=reschedule">Choose another time</a>
    </div>`;
  }

  #range(start: string, end: string): string {
    return `${formatDayOf(start, this.tzid, this.language)}, ${formatTimeRange(start, end, this.tzid, this.language)}`;
  }
}
define("conflict-view", ConflictView);
