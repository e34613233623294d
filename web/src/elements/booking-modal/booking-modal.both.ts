/** The booking modal's [Show both]: opens the week overlay, whose code is loaded when somebody is about to want it. */
import { type TemplateResult, html, nothing } from "lit";
import type { BookingSession } from "../../controllers/booking-session.ts";
import { icon } from "../../internal/icons.ts";
import { strings } from "../../internal/strings.ts";
import { dayKey } from "../../internal/time.ts";
import type { Slot } from "../../internal/types.ts";
import type { BookingModalElement } from "./booking-modal.element.ts";

export type BothState = "closed" | "opening" | "open" | "failed";

const load = () => import("../week-overlay/week-overlay.ts");
/** Asked for early; a failure is met again, and said, when the button is pressed. */
const prepare = (): void => void load().catch(() => undefined);

export function bothButton(modal: BookingModalElement, session: BookingSession): TemplateResult {
  const words = strings();
  return html`<button
      class="button both"
      type="button"
      aria-haspopup="dialog"
      aria-busy=${modal.both === "opening"}
      title=${words.showBothHint}
      ?hidden=${session.phase === "loading"}
      @pointerenter=${prepare}
      @focus=${prepare}
      @click=${() => void open(modal)}
    >
      ${modal.isGroup ? words.showAll : words.showBoth}
    </button>`;
}

export function bothFailed(modal: BookingModalElement): TemplateResult | typeof nothing {
  if (modal.both !== "failed") return nothing;
  return html`<div class="notice danger" role="alert">
    ${icon("warning")}<span class="notice-text">${strings().showBothFailed}</span>
  </div>`;
}

async function open(modal: BookingModalElement): Promise<void> {
  if (modal.both === "opening" || modal.both === "open") return;
  const session = modal.session;
  modal.both = "opening";
  try {
    await load();
  } catch {
    modal.both = "failed";
    return;
  }
  if (modal.session !== session) return;
  modal.both = "open";
  await modal.updateComplete;
  modal.renderRoot.querySelector("convene-week-overlay")?.show();
}

export function bothWeek(modal: BookingModalElement, session: BookingSession): TemplateResult {
  const select = (event: CustomEvent<Slot & { confirm: boolean }>): void => {
    event.stopPropagation();
    const { confirm: _, ...slot } = event.detail;
    modal.choose(slot);
    // The list behind shows the same day, which may lie beyond what it has loaded.
    void session.ensureDay(dayKey(slot.start, session.tzid));
  };
  const close = (event: CustomEvent<{ chose: boolean }>): void => {
    event.stopPropagation();
    modal.both = "closed";
    if (event.detail.chose) void modal.updateComplete.then(() => modal.renderRoot.querySelector<HTMLElement>(".book")?.focus());
  };
  return html`<convene-week-overlay
    .api=${session.api}
    .me=${session.me}
    .participants=${session.participants}
    .group=${session.group}
    .durationMinutes=${session.durationMinutes}
    .booking=${session.booking?.state === "cancelled" ? null : session.booking}
    .chosen=${session.selected}
    .day=${session.day}
    tzid=${session.tzid}
    locale=${modal.language}
    .hourCycle=${modal.hourCycle}
    @convene-slot-select=${select}
    @convene-close=${close}
  ></convene-week-overlay>`;
}
