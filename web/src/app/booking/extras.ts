/** What the app adds to the booking modal; each part's code is fetched when a modal first shows it. */
import { html } from "lit";
import type { ModalExtras } from "../../elements/booking-modal/booking-modal.ts";
import type { Explain } from "./why-not.ts";

export function bookingExtras(explain: Explain): ModalExtras {
  return {
    underTimes: (modal, session) => {
      // Until it is there, and if it never comes, the modal books as it does without.
      import("./why-not.element.ts").catch(() => undefined);
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
  };
}
