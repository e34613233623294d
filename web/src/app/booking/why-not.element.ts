/**
 * `<booking-why-not>`: under the times of a day, "Is another time missing?". A time of that day is typed, and it says for
 * whom something is in the way: of the viewer by title and bounds, of others no more than free/busy shows.
 */
import { type PropertyValues, type TemplateResult, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import type { BookingSession } from "../../controllers/booking-session.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { type Person, invited } from "../../internal/people.ts";
import { type DayKey, dayKey, formatDay, formatTime, formatTimeRange, friendlyDay, wallToInstant } from "../../internal/time.ts";
import type { Slot } from "../../internal/types.ts";
import { button, field, notice } from "../../styles/shared.ts";
import { settingsPath } from "../router.ts";
import { type Explain, type Explanation, type WhyEntry, type WhyPerson, type WhyReason, WhyNot, isOwnRule, isWithinDay, likelyMissed } from "./why-not.ts";
import { styles } from "./why-not.styles.ts";

export class WhyNotElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, field, notice, styles);

  @property({ attribute: false }) explain!: Explain;
  @property({ attribute: false }) session!: BookingSession;
  @property() day: DayKey = "";
  @property() tzid = "";
  @property({ type: Number }) durationMinutes = 30;
  @property({ attribute: false }) people: readonly Person[] = [];
  @property({ type: Boolean }) online = true;
  @property({ attribute: false }) choose: (slot: Slot, confirm?: boolean) => void = () => undefined;

  @state() private isOpen = false;
  /** The time that is proposed first; what people type takes its place and stays when they look at another day. */
  @state() private proposal = "";
  @state() private typed: string | null = null;
  @query("#time") private input!: HTMLInputElement | null;
  #why: WhyNot | null = null;
  #onChange = (): void => {
    const { explanation, error } = this.#why!;
    if (explanation) this.announce(this.#verdict(explanation));
    else if (error) this.announce(`That could not be looked up. ${error.detail}`, "assertive");
    this.requestUpdate();
  };

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#why?.forget();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("explain")) {
      this.#why?.forget();
      this.#why = new WhyNot(this.explain);
      this.#why.addEventListener("change", this.#onChange);
    }
    if (changed.has("session")) {
      this.isOpen = false;
      this.typed = null;
    }
    if (["session", "day", "tzid", "durationMinutes", "people"].some((name) => changed.has(name))) {
      if (this.typed === null) this.proposal = likelyMissed(this.day, this.session.feed.slotsOf(this.day), this.tzid, Date.now());
      this.#why?.forget();
    }
  }

  get time(): string {
    return this.typed ?? this.proposal;
  }

  async #toggle(): Promise<void> {
    this.isOpen = !this.isOpen;
    this.typed = null;
    if (!this.isOpen) return void this.#why?.forget();
    await this.updateComplete;
    this.input?.focus();
    this.renderRoot.querySelector(".panel")?.scrollIntoView({ block: "nearest" });
  }

  #ask(event?: Event): void {
    event?.preventDefault();
    if (!this.online || !this.time) return;
    const moved = this.session.booking?.booking_id;
    const about = {
      ...invited(this.people, this.session.group),
      durationMinutes: this.durationMinutes,
      ...(moved ? { excludedBooking: moved } : {}),
    };
    void this.#why?.ask(this.day, this.time, this.tzid, about).then(async () => {
      await this.updateComplete;
      this.renderRoot.querySelector(".result")?.scrollIntoView({ block: "nearest" });
    });
  }

  /** "14:30–15:30", with the days where it leaves the shown one. */
  #span(start: string, end: string): string {
    const { tzid, language, clock } = this;
    if (isWithinDay(start, end, this.day, tzid)) return formatTimeRange(start, end, tzid, language, clock);
    return `${this.#when(start)} to ${this.#when(end)}`;
  }

  #when(at: string): string {
    return `${formatDay(dayKey(at, this.tzid), this.language)}, ${formatTime(at, this.tzid, this.language, this.clock)}`;
  }

  #verdict(found: Explanation): string {
    const range = formatTimeRange(found.start, found.end, this.tzid, this.language, this.clock);
    return found.is_free ? `${range} is free.` : `${range} cannot be booked.`;
  }

  protected override render() {
    return html`
      <button class="button quiet small ask" type="button" aria-expanded=${this.isOpen} @click=${() => void this.#toggle()}>
        ${icon(this.isOpen ? "chevronDown" : "chevronRight")}Is another time missing?
      </button>
      ${this.isOpen ? this.#panel() : nothing} ${this.liveRegions()}
    `;
  }

  #panel(): TemplateResult {
    const why = this.#why!;
    const at = wallToInstant(this.day, this.time || "12:00", this.tzid);
    return html`<div class="panel">
      <form @submit=${(event: Event) => this.#ask(event)}>
        <label for="time">Time on ${friendlyDay(this.day, dayKey(Date.now(), this.tzid), this.language)}</label>
        <input
          id="time"
          class="input time"
          type="time"
          step="300"
          required
          .value=${this.proposal}
          @input=${(event: Event) => {
            this.typed = (event.target as HTMLInputElement).value;
            why.forget();
          }}
        />
        <button class="button small" type="submit" aria-disabled=${!this.online || !this.time} aria-busy=${why.isLoading}>
          ${this.time ? `Why not ${formatTime(at, this.tzid, this.language, this.clock)}?` : "Why not?"}
        </button>
      </form>
      ${this.online
        ? nothing
        : html`<div class="notice warning">
            ${icon("offline")}<span class="notice-text">You are offline. What is in the way can be looked up when you are back.</span>
          </div>`}
      ${why.isLoading ? html`<p class="muted">Looking at everybody’s time…</p>` : nothing}
      ${why.error ? this.#failed(why.error.detail) : nothing}
      ${why.explanation ? this.#result(why.explanation) : nothing}
    </div>`;
  }

  #failed(detail: string): TemplateResult {
    return html`<div class="notice danger">
      ${icon("warning")}<span class="notice-text">That could not be looked up. ${detail}</span>
      <button class="button small" type="button" @click=${() => this.#ask()}>Try again</button>
    </div>`;
  }

  #result(found: Explanation): TemplateResult {
    const stopped = found.participants.filter((person) => !person.is_free);
    const count = found.participants.length - stopped.length;
    return html`<section class="result" aria-labelledby="verdict">
      <h4 id="verdict">${this.#verdict(found)}</h4>
      ${found.is_free
        ? html`<div>
            <button class="button small" type="button" @click=${() => this.choose(this.#slotOf(found), true)}>
              Choose it
            </button>
          </div>`
        : html`<ul class="who">
              ${stopped.map((person) => this.#person(person))}
            </ul>
            ${count > 0 && stopped.length > 0
              ? html`<p class="muted">${found.participants.filter((person) => person.is_free).map((person) => this.#name(person)).join(", ")} could come.</p>`
              : nothing}
            ${this.#nearest(found.alternatives)}`}
    </section>`;
  }

  /** The time as the list would have it: of a group, with those who cannot come. */
  #slotOf({ start, end, participants }: Explanation): Slot {
    const group = this.session.group?.people;
    if (!group) return { start, end };
    const missing = participants.filter(({ sub, is_free }) => !is_free && group.some((person) => person.sub === sub)).map(({ sub }) => sub);
    return { start, end, quorum: { free: group.length - missing.length, missing } };
  }

  #name(person: WhyPerson): string {
    return person.sub === this.session.me.sub ? "You" : person.name;
  }

  #person(person: WhyPerson): TemplateResult {
    const settings = isOwnRule(person, this.session.me.sub)
      ? html`<a class="button small own" href=${settingsPath("availability")} target="_blank" rel="noopener"
          >Change my working hours<span class="visually-hidden"> (opens in a new tab)</span></a
        >`
      : nothing;
    return html`<li>
      <strong><bdi>${this.#name(person)}</bdi></strong>
      ${person.reasons.map((reason) => this.#reason(reason))} ${settings}
    </li>`;
  }

  #reason(reason: WhyReason): TemplateResult {
    const entries = reason.entries ?? [];
    return html`<span>${reason.detail} ${entries.length > 0 ? nothing : this.#bounds(reason)}</span>
      ${entries.length > 0 ? html`<ul>${entries.map((entry) => html`<li class="entry">${this.#entry(entry)}</li>`)}</ul>` : nothing}`;
  }

  /** Until when a rule stands in the way, as far as it has such bounds. */
  #bounds({ since, until }: WhyReason): string {
    if (since && until) return this.#span(since, until);
    if (until) return `The first possible time is ${this.#when(until)}.`;
    return since ? `The last possible time is before ${this.#when(since)}.` : "";
  }

  #entry(entry: WhyEntry): TemplateResult {
    const where = entry.calendar ? ` (${entry.calendar})` : "";
    return html`<bdi>${entryName(entry)}</bdi>, <span class="time-range">${this.#span(entry.start, entry.end)}</span>${where}`;
  }

  #nearest(alternatives: readonly Slot[]): TemplateResult | typeof nothing {
    if (alternatives.length === 0) return nothing;
    return html`<div class="near" role="group" aria-label="Nearest free times">
      <span>Nearest free times:</span>
      ${alternatives.map(
        (slot) => html`<button class="button small" type="button" @click=${() => this.choose(slot, true)}>
          ${dayKey(slot.start, this.tzid) === this.day
            ? formatTime(slot.start, this.tzid, this.language, this.clock)
            : this.#when(slot.start)}
        </button>`,
      )}
    </div>`;
  }
}

function entryName({ kind, title }: WhyEntry): string {
  const quoted = title ? `“${title}”` : "";
  switch (kind) {
    case "meeting":
      return `Meeting ${quoted}`.trim();
    case "hold":
      return "A time set aside for somebody";
    case "tentative":
      return `${quoted || "An entry"}, tentative`;
    case "unknown":
      return quoted || "An entry that says nothing about being busy";
    default:
      return quoted || "An entry";
  }
}

define("booking-why-not", WhyNotElement);

declare global {
  interface HTMLElementTagNameMap {
    "booking-why-not": WhyNotElement;
  }
}
