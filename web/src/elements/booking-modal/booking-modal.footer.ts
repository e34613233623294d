/** The booking modal's footer: it is the review. What was chosen, what stands in the way, and the button that books. */
import { type TemplateResult, html, nothing } from "lit";
import type { BookingSession } from "../../controllers/booking-session.ts";
import { icon } from "../../internal/icons.ts";
import { strings } from "../../internal/strings.ts";
import { dayKey, formatTime, formatTimeRange, friendlyDay } from "../../internal/time.ts";
import { bothButton, bothFailed } from "./booking-modal.both.ts";
import type { BookingModalElement } from "./booking-modal.element.ts";
import { obstacleText, troubleText } from "./booking-modal.words.ts";

export function footer(modal: BookingModalElement, session: BookingSession): TemplateResult | typeof nothing {
  if (modal.isAskingToDiscard) return discard(modal);
  if (modal.isBlocked) return nothing;
  return html`<div slot="footer" class="footer">
    ${trouble(modal, session)} ${bothFailed(modal)}
    <div class="review-row">
      <div class="review">${review(modal, session)}</div>
      <div class="actions">${bothButton(modal, session)} ${bookButton(modal, session)}</div>
    </div>
  </div>`;
}

function bookButton(modal: BookingModalElement, session: BookingSession): TemplateResult {
  const words = strings();
  const saving = session.phase === "saving";
  return html`<button
    class="button primary book"
    part="confirm"
    type="button"
    aria-disabled=${session.obstacle !== null && !saving}
    aria-busy=${saving}
    aria-describedby="review"
    @click=${() => void modal.save()}
  >
    <span class=${saving ? "behind" : ""}>${session.isMove ? words.moveMeeting : words.book}</span>
    ${saving ? html`<span class="spinner" aria-hidden="true"></span>` : nothing}
  </button>`;
}

function review(modal: BookingModalElement, session: BookingSession): TemplateResult {
  const slot = session.selected;
  const obstacle = obstacleText(session);
  const reason = obstacle ? html`<p class="reason">${obstacle}</p>` : nothing;
  if (!slot) return html`<div id="review">${reason}</div>`;
  const time = modal.timeOf(slot.start);
  const second =
    time.secondary === null
      ? nothing
      : html`<p class="muted">
          <bdi>${strings().forName(time.secondary, modal.otherName)}</bdi>${time.shiftText ? html` ${time.shiftText}` : nothing}
        </p>`;
  return html`<div id="review">
    <p class="chosen time">${session.booking ? fromTo(modal, session.booking.start_utc, slot.start) : range(modal, slot.start, slot.end)}</p>
    ${second} ${session.group ? modal.extras?.review?.(session) : nothing} ${reason}
  </div>`;
}

function range(modal: BookingModalElement, start: string, end: string): string {
  const day = friendlyDay(dayKey(start, modal.myZone), modal.today, modal.language);
  return `${day} ${formatTimeRange(start, end, modal.myZone, modal.language, modal.clock)}`;
}

/** "Tue 24 14:30 → Wed 25 15:00". */
function fromTo(modal: BookingModalElement, from: string, to: string): string {
  const months = new Set([from, to].map((start) => dayKey(start, modal.myZone).slice(0, 7)));
  const text = (start: string): string => {
    const day = friendlyDay(dayKey(start, modal.myZone), modal.today, modal.language, months.size > 1 ? "medium" : "short");
    return `${day} ${formatTime(start, modal.myZone, modal.language, modal.clock)}`;
  };
  return strings().fromTo(text(from), text(to));
}

function trouble(modal: BookingModalElement, session: BookingSession): TemplateResult | typeof nothing {
  const current = session.trouble;
  if (!current || current.kind === "load") return nothing;
  if (current.kind === "room") return modal.extras?.roomTaken(modal, session, current.error) ?? nothing;
  if (current.kind === "taken") {
    return html`<div class="notice danger">
      ${icon("warning")}<span class="notice-text">${troubleText(modal, session)}</span>
      ${current.alternatives.length > 0
        ? html`<div class="alternatives" role="group" aria-label=${strings().takenNearest}>
            <span class="small">${strings().takenNearest}:</span>
            ${current.alternatives.map(
              (slot) =>
                html`<button
                  class="button small alternative"
                  type="button"
                  @click=${() => modal.choose(slot, true)}
                >
                  <span class="visually-hidden">${modal.timeOf(slot.start).label}</span>
                  <span aria-hidden="true">${modal.when(slot.start)}</span>
                </button>`,
            )}
          </div>`
        : nothing}
    </div>`;
  }
  const reference = current.kind === "changed" ? "" : current.error.requestId;
  return html`<div class="notice ${current.kind === "changed" ? "warning" : "danger"}">
    ${icon("warning")}<span class="notice-text"
      >${troubleText(modal, session)}${reference ? html` <small>${strings().errorReference(reference)}</small>` : nothing}</span
    >
  </div>`;
}

function discard(modal: BookingModalElement): TemplateResult {
  const words = strings();
  return html`<div slot="footer" class="footer">
    <div class="review-row" role="group" aria-labelledby="discard-question">
      <p id="discard-question" class="chosen">${words.discardQuestion}</p>
      <span class="pair">
        <button
          class="button keep"
          type="button"
          aria-describedby="discard-question"
          @click=${async () => {
            modal.isAskingToDiscard = false;
            await modal.updateComplete;
            modal.renderRoot.querySelector<HTMLElement>("#note")?.focus();
          }}
        >
          ${words.keepWriting}
        </button>
        <button class="button danger" type="button" @click=${() => modal.hide()}>${words.discard}</button>
      </span>
    </div>
  </div>`;
}
