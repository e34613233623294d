/** The card's calendar receipts: one line for the calendars that it is in, one for each that it is not in yet. */
import { html } from "lit";
import { type IconName, icon } from "../../internal/icons.ts";
import { shortName } from "../../internal/people.ts";
import { strings } from "../../internal/strings.ts";
import { relativeMinutes } from "../../internal/time.ts";
import type { Card, CardParticipant, Rsvp } from "../../internal/types.ts";

/** Services that people know by name; elsewhere the calendar's own says more. */
const SERVICES: Readonly<Record<string, string>> = { google: "Google", microsoft: "Outlook" };

export interface ReceiptLine {
  text: string;
  look: "" | "written" | "failed";
}

/** Who of those who were asked has not agreed to come; nothing where everybody has. */
export function answers(card: Card) {
  if (card.state === "requested" || card.state === "declined" || card.state === "cancelled") return [];
  const words = strings();
  const asked = [...card.participants, ...(card.outside_guests ?? [])];
  const named = (rsvp: Rsvp): string =>
    words.names(asked.filter((person) => person.rsvp === rsvp).map((person) => shortName(person.display_name)));
  const lines: [IconName, string, string][] = [
    ["cross", named("declined"), words.declines],
    ["clock", named("tentative"), words.mayCome],
    ["clock", named("needs_action"), words.notAnswered],
  ];
  return lines
    .filter(([, who]) => who)
    .map(([mark, who, what]) => html`<p class="receipt">${icon(mark)}<span>${what}: ${who}</span></p>`);
}

export function receipts(card: Card, viewer: string) {
  return receiptLines(card, viewer, Date.now()).map(
    ({ text, look }) => html`<p class="receipt ${look}">
      ${icon(look === "failed" ? "warning" : look ? "check" : "sync")}<span>${text}</span>
    </p>`,
  );
}

/** What is said at `now`. A meeting that is not agreed on is in no calendar; one that is off or over needs no praise. */
export function receiptLines(card: Card, viewer: string, now: number): ReceiptLine[] {
  if (card.state === "requested" || card.state === "declined") return [];
  const words = strings();
  const isIn =
    card.state === "cancelled" || Date.parse(card.end_utc) <= now
      ? []
      : card.participants.filter((person) => person.calendar?.state === "written");
  const whose = words.names(isIn.map((person) => ownerOf(person, viewer)));
  const waiting = card.participants.flatMap((person) => line(card, person, viewer, now) ?? []);
  return isIn.length > 0 ? [{ text: words.isIn(whose), look: "written" }, ...waiting] : waiting;
}

/** "Bo’s Outlook", "your Work". */
function ownerOf(person: CardParticipant, viewer: string): string {
  const words = strings();
  const owner = person.user_id === viewer ? words.your : words.possessive(shortName(person.display_name));
  const name = SERVICES[person.calendar?.service ?? ""] ?? person.calendar?.name;
  return name ? `${owner} ${name}` : owner;
}

function line(card: Card, person: CardParticipant, viewer: string, now: number): ReceiptLine | null {
  const words = strings();
  const receipt = person.calendar;
  if (!receipt) return null;
  const whose = ownerOf(person, viewer);
  const removing = card.state === "cancelled";
  switch (receipt.state) {
    case "retrying": {
      const again = receipt.next_try_at && Date.parse(receipt.next_try_at) > now ? relativeMinutes(receipt.next_try_at, now) : null;
      const text = (removing ? words.removalPending : words.notYetIn)(whose);
      return { text: again ? `${text} (${again})` : text, look: "" };
    }
    case "failed":
      return { text: (removing ? words.removalFailed : words.failedIn)(whose, receipt.detail), look: "failed" };
    case "pending":
      return removing ? null : { text: words.writingTo(whose), look: "" };
    default:
      return null;
  }
}
