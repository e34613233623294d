/**
 * `<booking-invitations>`: who was told of a meeting by mail, what they answered, and other times that they propose.
 * Event: `proposal-answered` with the booking as the server answered, `proposal-stale` when it was settled meanwhile.
 */
import { type PropertyValues, css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { ApiError, type ApiClient } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { type IconName, icon } from "../../internal/icons.ts";
import { isOff } from "../../internal/meeting.ts";
import { formatDayOf, formatTime, formatTimeRange } from "../../internal/time.ts";
import type { Booking, Rsvp } from "../../internal/types.ts";
import { button, notice } from "../../styles/shared.ts";
import { failure } from "../ui/parts.ts";
import { page } from "../ui/styles.ts";

interface Invitee {
  invitee_id: string;
  name: string;
  email: string;
  phase: "requested" | "invited" | "ended";
  rsvp: Rsvp | null;
  comment: string;
  mail: { state: string; detail: string; sent_at: string | null; next_try_at: string | null } | null;
}

interface Proposal {
  proposal_id: string;
  name: string;
  start: string;
  end: string;
  comment: string;
  state: "open" | "accepted" | "declined" | "superseded";
}

interface Unproven {
  sender: string;
  attendee: string;
  rsvp: Rsvp;
  why: string;
}

interface Invitations {
  sent_by: "convene" | "nobody";
  invitees: Invitee[];
  proposals: Proposal[];
  unproven_answers: Unproven[];
}

const ANSWERS: Readonly<Record<Rsvp, [IconName, string]>> = {
  accepted: ["check", "Coming"],
  declined: ["cross", "Not coming"],
  tentative: ["clock", "Not sure yet"],
  needs_action: ["clock", "Has not answered"],
};

export class BookingInvitations extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    notice,
    page,
    css`
      :host {
        display: block;
        margin-block: var(--cv-space-4);
      }
      section {
        display: grid;
        gap: var(--cv-space-3);
      }
      h2,
      p {
        margin: 0;
      }
      ul {
        display: grid;
        gap: var(--cv-space-3);
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        gap: 0 var(--cv-space-2);
        align-items: baseline;
      }
      .line svg {
        align-self: center;
        inline-size: 1rem;
        block-size: 1rem;
      }
      .small {
        font-size: var(--cv-text-sm);
      }
      .muted {
        color: var(--cv-ink-muted);
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: var(--cv-space-2);
        margin-block-start: var(--cv-space-2);
      }
    `,
  );

  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) booking!: Booking;
  @property() tzid = "";
  @property({ type: Boolean }) offline = false;
  @state() private found: Invitations | null = null;
  @state() private problem: unknown = null;
  @state() private busy = "";

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("booking")) void this.#load();
  }

  get #path(): string {
    return `/api/bookings/${encodeURIComponent(this.booking.booking_id)}`;
  }

  async #load(): Promise<void> {
    const id = this.booking.booking_id;
    try {
      const found = await this.api.get<Invitations>(`${this.#path}/invitations`);
      if (id === this.booking.booking_id) this.found = found;
    } catch {
      // The page says what cannot be read; of mail it then says what it knew last.
    }
  }

  async #settle(proposal: Proposal, answer: "accept" | "decline"): Promise<void> {
    if (this.busy || this.offline) return;
    this.busy = `${answer} ${proposal.proposal_id}`;
    this.problem = null;
    try {
      const path = `${this.#path}/proposals/${encodeURIComponent(proposal.proposal_id)}/${answer}`;
      const booking = await this.api.post<Booking>(path, {});
      this.emit("proposal-answered", { booking, answer });
      await this.#load();
    } catch (error) {
      this.problem = error;
      if (error instanceof ApiError && error.status === 409) {
        this.emit("proposal-stale");
        await this.#load();
      }
    } finally {
      this.busy = "";
    }
  }

  protected override render() {
    const { found } = this;
    if (found === null) return nothing;
    const hasGuests = (this.booking.guests?.length ?? 0) > 0;
    if (found.sent_by === "nobody" && found.invitees.length === 0) return hasGuests ? this.#unsent() : nothing;
    if (found.invitees.length + found.unproven_answers.length === 0) return nothing;
    const open = isOff(this.booking) ? [] : found.proposals.filter((proposal) => proposal.state === "open");
    return html`<section class="panel" aria-labelledby="mail">
      <h2 id="mail">Invitations by e-mail</h2>
      ${this.problem === null ? nothing : failure("The proposal was not answered.", this.problem)}
      ${open.map((proposal) => this.#proposal(proposal))}
      <ul>
        ${found.invitees.map((person) => html`<li>${this.#invitee(person)}</li>`)}
        ${found.unproven_answers.map((answer) => html`<li>${unproven(answer)}</li>`)}
      </ul>
    </section>`;
  }

  #unsent() {
    return html`<section class="panel" aria-labelledby="mail">
      <h2 id="mail">Invitations by e-mail</h2>
      <p>Invitations are not sent: this installation has no mail server. Tell your guests yourself when the meeting changes.</p>
    </section>`;
  }

  #proposal(proposal: Proposal) {
    const { tzid } = this;
    const when = `${formatDayOf(proposal.start, tzid, this.language)}, ${formatTimeRange(proposal.start, proposal.end, tzid, this.language)}`;
    const off = this.offline ? "true" : nothing;
    const press = (answer: "accept" | "decline") => () => void this.#settle(proposal, answer);
    return html`<div class="notice warning">
      ${icon("clock")}
      <div class="notice-text">
        <p><bdi>${proposal.name}</bdi> proposes another time: <strong>${when}</strong>${proposal.comment ? html` · “${proposal.comment}”` : nothing}</p>
        <div class="actions">
          <button class="button primary small" type="button" aria-disabled=${off} aria-busy=${this.busy === `accept ${proposal.proposal_id}`} @click=${press("accept")}>
            Move the meeting there
          </button>
          <button class="button small" type="button" aria-disabled=${off} aria-busy=${this.busy === `decline ${proposal.proposal_id}`} @click=${press("decline")}>
            Keep the time
          </button>
        </div>
      </div>
    </div>`;
  }

  #invitee(person: Invitee) {
    const answer = person.rsvp === null || isOff(this.booking) ? null : ANSWERS[person.rsvp];
    return html`
      <p class="line">
        <strong><bdi>${person.name}</bdi></strong>
        ${answer === null ? nothing : html`<span class="line small">${icon(answer[0])}${answer[1]}</span>`}
        ${person.comment ? html`<span class="small">“${person.comment}”</span>` : nothing}
      </p>
      <p class="small muted">${this.#mail(person)}</p>
    `;
  }

  #mail({ mail, email }: Invitee): string {
    const at = (instant: string): string => `${formatDayOf(instant, this.tzid, this.language)}, ${formatTime(instant, this.tzid, this.language)}`;
    if (mail === null) return email;
    if (mail.state === "sent") return `Sent to ${email}${mail.sent_at ? `, ${at(mail.sent_at)}` : ""}`;
    if (mail.state === "failed") return `Could not be sent to ${email}. ${mail.detail}`;
    if (mail.state === "retrying") return `Not yet sent to ${email}; next try ${mail.next_try_at ? at(mail.next_try_at) : "soon"}. ${mail.detail}`;
    return `Being sent to ${email}`;
  }
}

function unproven(answer: Unproven) {
  return html`<p class="small">
    <strong>Not counted:</strong> <bdi>${answer.sender || "somebody"}</bdi> answered “${ANSWERS[answer.rsvp][1]}” for
    <bdi>${answer.attendee}</bdi>. ${answer.why}
  </p>`;
}
define("booking-invitations", BookingInvitations);
