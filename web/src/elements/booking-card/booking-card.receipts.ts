/** The card's calendar receipts: silent while all is written, one line per calendar that is not there yet. */
import { html } from "lit";
import { icon } from "../../internal/icons.ts";
import { shortName } from "../../internal/people.ts";
import { strings } from "../../internal/strings.ts";
import type { Card, CardParticipant } from "../../internal/types.ts";

export function receipts(card: Card, viewer: string) {
  if (card.state === "requested" || card.state === "declined") return [];
  const lines = card.participants.flatMap((person) => line(card, person, viewer) ?? []);
  return lines.map(
    ({ text, failed }) => html`<p class="receipt ${failed ? "failed" : ""}">
      ${icon(failed ? "warning" : "sync")}<span>${text}</span>
    </p>`,
  );
}

function line(card: Card, person: CardParticipant, viewer: string): { text: string; failed: boolean } | null {
  const words = strings();
  const receipt = person.calendar;
  if (!receipt) return null;
  const owner = person.user_id === viewer ? words.your : words.possessive(shortName(person.display_name));
  const whose = receipt.name ? `${owner} ${receipt.name}` : owner;
  const removing = card.state === "cancelled";
  switch (receipt.state) {
    case "retrying":
      return { text: (removing ? words.removalPending : words.notYetIn)(whose), failed: false };
    case "failed":
      return { text: (removing ? words.removalFailed : words.failedIn)(whose, receipt.detail), failed: true };
    case "pending":
      return removing ? null : { text: words.writingTo(whose), failed: false };
    default:
      return null;
  }
}
