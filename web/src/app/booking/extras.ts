/** What the app adds to the booking modal; each part's code is fetched when a modal first shows it. */
import { html, nothing } from "lit";
import type { BookingModalElement, ModalExtras } from "../../elements/booking-modal/booking-modal.ts";
import { attendanceText, noTimeText, slotNote } from "./group.ts";
import type { ReadRooms } from "./rooms.ts";
import type { Explain } from "./why-not.ts";

/** Until a part is there, and if it never comes, the modal books as it does without. */
const fetched = (part: Promise<unknown>): void => void part.catch(() => undefined);

export function bookingExtras(explain: Explain, rooms: ReadRooms): ModalExtras {
  return {
    people: (modal, session) => {
      fetched(import("./people.element.ts"));
      return html`<booking-people
        .me=${session.me}
        .people=${session.participants}
        .group=${session.group}
        .candidates=${modal.candidates}
        .known=${session.feed.participants}
        .change=${modal.setPeople.bind(modal)}
        locale=${modal.language}
      ></booking-people>`;
    },
    reasons: { both_in_hours: "in working hours" },
    slotNote: (session, slot) => slotNote({ people: session.participants, group: session.group }, slot),
    review: (session) =>
      session.selected?.quorum
        ? html`<p class="muted">${attendanceText({ people: session.participants, group: session.group }, session.selected)}</p>`
        : nothing,
    empty: (modal, session, until) => {
      const { people, needed } = session.group!;
      const fewer = needed - 1;
      return {
        text: noTimeText({ people: session.participants, group: session.group }, until),
        exit:
          fewer > 0
            ? html`<button
                class="button small"
                type="button"
                @click=${() => modal.setPeople(session.participants, { people, needed: fewer })}
              >
                Try any ${fewer} of ${people.length}
              </button>`
            : nothing,
      };
    },
    underTimes: (modal, session) => {
      fetched(import("./why-not.element.ts"));
      return html`<booking-why-not
        .explain=${explain}
        .session=${session}
        .day=${session.day}
        .tzid=${session.tzid}
        .durationMinutes=${session.durationMinutes}
        .people=${session.participants}
        .online=${session.online}
        locale=${modal.language}
        .hourCycle=${modal.hourCycle}
        .choose=${modal.choose.bind(modal)}
      ></booking-why-not>`;
    },
    fields: (modal, session) => {
      fetched(import("./room-field.element.ts"));
      return html`<booking-room-field
        .read=${rooms}
        .start=${session.selected?.start ?? ""}
        .durationMinutes=${session.durationMinutes}
        .people=${session.participants.length + session.joining.length + 1}
        ?old=${session.trouble?.kind === "room"}
        .value=${modal.details.resources?.[0] ?? ""}
        .change=${(sub: string) => modal.edit({ resources: sub ? [sub] : [] })}
      ></booking-room-field>`;
    },
    roomTaken: (modal, session, error) => {
      fetched(import("./room-taken.element.ts"));
      return html`<booking-room-taken
        .error=${error}
        .read=${rooms}
        .when=${modal.when.bind(modal)}
        .choose=${(slot: Parameters<BookingModalElement["choose"]>[0]) => modal.choose(slot, true)}
        .useRooms=${(resources: readonly string[]) => {
          modal.edit({ resources });
          // The same time again: what stood in its way is dealt with.
          if (session.selected) modal.choose(session.selected, true);
        }}
      ></booking-room-taken>`;
    },
  };
}
