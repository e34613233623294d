/**
 * `<hours-preview>`: the times that a colleague, or a visitor, would be offered in two weeks with the hours as they stand in
 * the form, saved or not. Its page calls `look()` whenever the hours change.
 */
import { type TemplateResult, css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import type { ApiClient } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { DAY, HOUR, formatDay, formatTime, toUtc, zoneCity } from "../../internal/time.ts";
import type { AvailabilityRules, ParticipantState, Slot } from "../../internal/types.ts";
import { button, field, notice } from "../../styles/shared.ts";
import type { Account } from "../platform.ts";
import { Fetched } from "../ui/fetched.ts";
import { failure } from "../ui/parts.ts";
import { byDay } from "./offered-days.ts";

const DAYS = 14;
/** So many days with times are shown, and of each so many times; the rest is counted. */
const SHOWN_DAYS = 5;
const SHOWN_TIMES = 6;
/** While somebody types, the last answer stands. */
const PAUSE_MS = 400;

interface Preview {
  slots: Slot[];
  viewer: { sub: string; name: string; state: ParticipantState } | null;
  is_shared: boolean;
}

export class HoursPreview extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    field,
    notice,
    css`
      :host {
        display: grid;
        gap: var(--cv-space-3);
        margin-block-start: var(--cv-space-6);
      }
      [role="region"] {
        display: grid;
        gap: var(--cv-space-2);
      }
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: end;
        justify-content: space-between;
        gap: var(--cv-space-3);
      }
      h2 {
        font-size: var(--cv-text-lg);
      }
      .field {
        min-inline-size: min(16rem, 100%);
      }
      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: var(--cv-space-2) var(--cv-space-4);
      }
      dt {
        font-weight: 550;
      }
      dd {
        display: flex;
        flex-wrap: wrap;
        gap: var(--cv-space-1) var(--cv-space-3);
        font-variant-numeric: tabular-nums;
      }
      @media (max-width: 479px) {
        dl {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  );

  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) me = "";
  /** The hours as they stand; null while something in them is wrong. */
  @property({ attribute: false }) draft: () => AvailabilityRules | null = () => null;
  /** The colleague who would look; "" is a visitor. */
  @state() private viewer = "";
  @state() private zone = "UTC";
  @state() private isWrong = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly #colleagues = new Fetched(this, () => this.api.get<{ members: Account[] }>("/api/members"));
  readonly #preview = new Fetched(this, () => this.#ask());

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  /** The hours have changed: looks again, a moment after the last change. */
  look(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#preview.reload(), PAUSE_MS);
  }

  async #ask(): Promise<Preview | null> {
    const rules = this.draft();
    this.isWrong = rules === null;
    if (rules === null) return null;
    this.zone = rules.tzid;
    const from = Math.floor(Date.now() / HOUR) * HOUR;
    return this.api.post<Preview>("/api/availability/preview", {
      rules,
      ...(this.viewer ? { viewer: this.viewer } : {}),
      from: toUtc(from),
      to: toUtc(from + DAYS * DAY),
      duration_minutes: 30,
    });
  }

  protected override render() {
    return html`
      <header>
        <div>
          <h2 id="offered">What others are offered</h2>
          <p class="hint">The next two weeks with the hours above, saved or not. Times in ${zoneCity(this.zone)}.</p>
        </div>
        ${this.#chooser()}
      </header>
      <div role="region" aria-labelledby="offered" aria-live="polite" aria-busy=${this.#preview.isLoading}>
        ${this.#answer()}
      </div>
    `;
  }

  #chooser(): TemplateResult {
    const collator = new Intl.Collator(this.language);
    const others = (this.#colleagues.value?.members ?? [])
      .filter((one) => !one.suspended && one.sub !== this.me)
      .sort((a, b) => collator.compare(a.name, b.name));
    return html`<div class="field">
      <label for="viewer">Preview as</label>
      <select
        id="viewer"
        class="input"
        @change=${(event: Event) => {
          this.viewer = (event.target as HTMLSelectElement).value;
          void this.#preview.reload();
        }}
      >
        <option value="">A visitor</option>
        ${others.map((one) => html`<option value=${one.sub} ?selected=${one.sub === this.viewer}>${one.name}</option>`)}
      </select>
    </div>`;
  }

  #answer(): TemplateResult {
    const { value, error } = this.#preview;
    if (error !== null) return failure("The times could not be looked up.", error, () => void this.#preview.reload());
    if (this.isWrong) return html`<p class="muted">Something in the hours is not right yet. Then the times are shown here.</p>`;
    if (value === null) return html`<p class="muted">Looking at your time…</p>`;
    return html`${this.#about(value)} ${value.is_shared ? this.#days(value.slots) : nothing}`;
  }

  #about({ viewer, is_shared }: Preview): TemplateResult | typeof nothing {
    if (!viewer) return nothing;
    if (!is_shared) {
      return html`<p>You show colleagues no free time, so ${viewer.name} is offered none. Your profile says who may see it.</p>`;
    }
    if (viewer.state === "ok" || viewer.state === "no_calendar") return nothing;
    const why = viewer.state === "not_shared" ? "does not share their own time" : "has a calendar that cannot be checked now";
    return html`<p class="hint">${viewer.name} ${why}: this is what everybody is offered.</p>`;
  }

  #days(slots: readonly Slot[]): TemplateResult {
    const days = byDay(slots, this.zone);
    if (days.length === 0) return html`<p class="muted">Nothing in the next two weeks.</p>`;
    const more = days.length - SHOWN_DAYS;
    return html`<dl>
        ${days.slice(0, SHOWN_DAYS).map(
          ([day, times]) =>
            html`<dt>${formatDay(day, this.language)}</dt>
              <dd>
                ${times.slice(0, SHOWN_TIMES).map(({ start }) => html`<span>${formatTime(start, this.zone, this.language, this.clock)}</span>`)}
                ${times.length > SHOWN_TIMES ? html`<span class="muted">and ${times.length - SHOWN_TIMES} more</span>` : nothing}
              </dd>`,
        )}
      </dl>
      ${more > 0 ? html`<p class="hint">Times on ${more} more ${more === 1 ? "day" : "days"}.</p>` : nothing}`;
  }
}
define("hours-preview", HoursPreview);

declare global {
  interface HTMLElementTagNameMap {
    "hours-preview": HoursPreview;
  }
}
