/** The booking modal's body: zones, what is known about the people, suggestions, the picker, the details. */
import { type TemplateResult, html, nothing } from "lit";
import type { BookingSession } from "../../controllers/booking-session.ts";
import { DURATIONS } from "../../controllers/booking-states.ts";
import { icon } from "../../internal/icons.ts";
import { rovingIndex } from "../../internal/keyboard.ts";
import { recall, remember } from "../../internal/memory.ts";
import { shortName } from "../../internal/people.ts";
import { strings } from "../../internal/strings.ts";
import {
  MINUTE,
  addDays,
  dayKey,
  formatDay,
  formatDuration,
  formatTime,
  friendlyDay,
  offsetMinutes,
  startOfDay,
  toMillis,
  zoneLabel,
} from "../../internal/time.ts";
import type { Slot, Suggestion } from "../../internal/types.ts";
import { dstNotice } from "../../internal/zones.ts";
import type { SlotNote } from "../slot-list/slot-list.element.ts";
import type { SlotSource } from "../slot-picker/slot-picker.element.ts";
import type { BookingModalElement } from "./booking-modal.element.ts";
import { people } from "./booking-modal.people.ts";
import { troubleText } from "./booking-modal.words.ts";

export function body(modal: BookingModalElement, session: BookingSession): TemplateResult {
  return html`
    ${zones(modal, session)} ${modal.isGroup && !session.isMove && modal.extras?.people ? modal.extras.people(modal, session) : people(modal, session)}
    ${session.online ? nothing : note("warning", "offline", strings().offlineBook)}
    ${knowledge(modal, session)} ${content(modal, session)} ${modal.isBlocked ? nothing : details(modal, session)}
  `;
}

function content(modal: BookingModalElement, session: BookingSession): TemplateResult | typeof nothing {
  const { trouble, feed } = session;
  if (trouble?.kind === "load" && feed.loadedTo === feed.firstDay) return loadFailed(modal, session);
  if (trouble?.kind === "forbidden" && feed.loadedTo === feed.firstDay) {
    return html`<div class="block">${icon("info")}<p>${troubleText(modal, session)}</p></div>`;
  }
  if (modal.isBlocked) return nothing;
  if (session.phase !== "loading" && feed.isEmpty && !session.isMove) return emptyRange(modal, session);
  return html`${offers(modal, session)} ${picker(modal, session)}
  ${session.phase === "loading" ? nothing : modal.extras?.underTimes(modal, session)}
  ${trouble?.kind === "load" ? note("danger", "warning", troubleText(modal, session), retryButton(session)) : nothing}`;
}

// ---- zones ----

function zones(modal: BookingModalElement, session: BookingSession): TemplateResult {
  const words = strings();
  const now = Date.now();
  if (modal.isChangingZone) {
    return html`<cv-zone-select
      class="zone-select"
      .value=${session.tzid}
      locale=${modal.language}
      @cv-change=${(event: CustomEvent<{ tzid: string }>) => modal.setZone(event.detail.tzid)}
    ></cv-zone-select>`;
  }
  const others = session.participants.filter(
    (person) => person.tzid && offsetMinutes(now, person.tzid) !== offsetMinutes(now, session.tzid),
  );
  return html`<p class="zones">
    <span class="zone-text"
      ><strong>${words.yourTime(zoneLabel(session.tzid, now))}</strong>${others
        .slice(0, 3)
        .map((person) => html`<bdi>${words.theirTime(shortName(person.name), zoneLabel(person.tzid, now))}</bdi>`)}</span
    >
    <button
      class="button quiet small"
      type="button"
      @click=${() => void modal.changeZone()}
    >
      ${words.zoneChange}
    </button>
  </p>`;
}

// ---- notices ----

function note(
  kind: "info" | "warning" | "danger",
  picture: "info" | "warning" | "offline",
  text: string,
  action: TemplateResult | typeof nothing = nothing,
): TemplateResult {
  return html`<div class="notice ${kind}">${icon(picture)}<span class="notice-text">${text}</span>${action}</div>`;
}

function knowledge(modal: BookingModalElement, session: BookingSession): TemplateResult | typeof nothing {
  const words = strings();
  const known = session.knowledge;
  if (known.kind === "ok" || session.phase === "loading") return nothing;
  const name = shortName(known.person.name || modal.other.name);
  switch (known.kind) {
    case "not_shared":
      return html`<div class="block">${icon("info")}<p>${words.notShared(name)}</p>${askButton(modal)}</div>`;
    case "unknown": {
      const mine = known.person.sub === session.me.sub;
      const text = mine ? words.yourCalendarUnknown(known.person.detail) : words.unknownCalendar(name, known.person.detail);
      return html`<div class="block">
        ${icon("warning")}
        <p>${text}</p>
        <div class="exits">${retryButton(session)}${askButton(modal)}</div>
      </div>`;
    }
    case "no_calendar":
      return note("info", "info", words.noCalendar(name));
    case "old": {
      const minutes = Math.floor((Date.now() - toMillis(known.person.as_of ?? "")) / MINUTE);
      return note("warning", "warning", words.oldCalendar(name, formatDuration(Math.round(minutes / 60) * 60 || 60)));
    }
  }
}

function retryButton(session: BookingSession): TemplateResult {
  return html`<button class="button small" type="button" @click=${() => void session.retry()}>${strings().retry}</button>`;
}

function askButton(modal: BookingModalElement): TemplateResult | typeof nothing {
  if (!modal.canAsk) return nothing;
  return html`<button class="button small" type="button" @click=${() => modal.ask()}>
    ${strings().askForTimes(modal.otherName)}
  </button>`;
}

function loadFailed(modal: BookingModalElement, session: BookingSession): TemplateResult {
  const error = session.trouble?.kind === "load" ? session.trouble.error : null;
  return html`<div class="block" role="group">
    ${icon(error?.code === "offline" ? "offline" : "warning")}
    <p>${troubleText(modal, session)}</p>
    <div class="exits">${retryButton(session)}</div>
    ${error?.requestId ? html`<p class="small muted">${strings().errorReference(error.requestId)}</p>` : nothing}
  </div>`;
}

/** Nothing free in all that is loaded: the next free time, a shorter meeting, or a question. */
function emptyRange(modal: BookingModalElement, session: BookingSession): TemplateResult {
  const words = strings();
  const { feed } = session;
  const next = feed.nextFree;
  const shorter = DURATIONS.filter((minutes) => minutes < session.durationMinutes).at(-1);
  const until = friendlyDay(addDays(feed.loadedTo, -1), modal.today, modal.language);
  const group = session.group && modal.extras?.empty?.(modal, session, until);
  return html`<div class="block">
    ${icon("calendar")}
    <p>${group ? group.text : modal.isGroup ? words.emptyRangeForAll(until) : words.emptyRange(modal.otherName, until)}</p>
    <div class="exits">
      ${next
        ? html`<button class="button small" type="button" @click=${() => void goTo(session, next)}>
            ${words.nextFree(
              formatDay(dayKey(next, session.tzid), modal.language),
              formatTime(next, session.tzid, modal.language, modal.clock),
            )}
          </button>`
        : html`<button class="button small" type="button" @click=${() => void session.ensureDay(feed.loadedTo)}>
            ${words.lookFurther}
          </button>`}
      ${group?.exit}
      ${shorter
        ? html`<button class="button small" type="button" @click=${() => modal.setDuration(shorter)}>
            ${words.tryShorter(formatDuration(shorter))}
          </button>`
        : nothing}
      ${askButton(modal)}
    </div>
  </div>`;
}

async function goTo(session: BookingSession, start: string): Promise<void> {
  const day = dayKey(start, session.tzid);
  await session.ensureDay(day);
  session.selectDay(day);
}

// ---- suggestions ----

function offers(modal: BookingModalElement, session: BookingSession): TemplateResult | typeof nothing {
  const words = strings();
  if (session.isMove) return nothing;
  const heading = modal.isGroup ? words.bestForAll : words.bestForBoth;
  if (session.phase === "loading") {
    // The same heights as the answer will have: nothing moves when it arrives.
    return html`<div>
      <p class="group-heading">${modal.isSlow ? checking(modal) : heading}</p>
      <div class="offers pulse" aria-hidden="true">${[1, 2, 3].map(() => html`<span class="skeleton offer-size"></span>`)}</div>
    </div>`;
  }
  const list = session.offers;
  if (list.length === 0) return nothing;
  return html`<div>
    <h3 class="group-heading" id="offers">${heading}</h3>
    <div class="offers" role="radiogroup" aria-labelledby="offers" @keydown=${onOfferKey}>
      ${list.map((offer, index) => chip(modal, session, offer, index))}
    </div>
  </div>`;
}

function checking(modal: BookingModalElement): string {
  return modal.isGroup ? strings().checkingAll : strings().checking(modal.otherName);
}

function onOfferKey(event: KeyboardEvent): void {
  const group = event.currentTarget as HTMLElement;
  const items = [...group.querySelectorAll<HTMLElement>("[role=radio]")];
  const current = items.indexOf(event.target as HTMLElement);
  const rtl = getComputedStyle(group).direction === "rtl";
  const next = rovingIndex(event, current, items.length, { direction: rtl ? "rtl" : "ltr" });
  if (next === null) return;
  event.preventDefault();
  items.forEach((item, index) => (item.tabIndex = index === next ? 0 : -1));
  items[next]?.focus();
}

function chip(modal: BookingModalElement, session: BookingSession, offer: Suggestion, index: number): TemplateResult {
  const words = strings();
  const slot: Slot = session.feed.slots.find((other) => other.start === offer.start) ?? offer;
  const time = modal.timeOf(offer.start);
  const checked = session.selected?.start === offer.start;
  const anyChecked = session.offers.some((other) => other.start === session.selected?.start);
  const note = noteOf(modal, session, slot);
  const reason = (note && modal.extras?.reasons?.[offer.reason]) || (words.suggestionReason[offer.reason] ?? "");
  return html`<button
    class="offer ${checked ? "checked" : ""}"
    part="suggestion"
    type="button"
    role="radio"
    aria-checked=${checked}
    tabindex=${checked || (!anyChecked && index === 0) ? 0 : -1}
    @click=${(event: MouseEvent) => modal.choose(slot, event.detail === 0)}
  >
    <span class="visually-hidden">${[time.label, note?.label, reason].filter(Boolean).join(", ")}</span>
    <span class="offer-day" aria-hidden="true">${friendlyDay(dayKey(offer.start, session.tzid), modal.today, modal.language)}</span>
    <span class="offer-time" aria-hidden="true"
      ><b>${time.primary}</b>${time.secondary === null
        ? nothing
        : html`<span class="theirs">${time.secondary} <bdi>${modal.otherName}</bdi></span>`}</span
    >
    ${time.shiftText ? html`<span class="offer-shift" aria-hidden="true">${time.shiftText}</span>` : nothing}
    ${note ? html`<span class="offer-shift" aria-hidden="true">${[note.word, reason].filter(Boolean).join(" · ")}</span>` : nothing}
  </button>`;
}

/** What the page has to say of a time of a group. */
function noteOf(modal: BookingModalElement, session: BookingSession, slot: Slot): SlotNote | null {
  return (slot.quorum && modal.extras?.slotNote?.(session, slot)) || null;
}

// ---- the picker ----

function picker(modal: BookingModalElement, session: BookingSession): TemplateResult {
  const words = strings();
  const { feed } = session;
  const source: SlotSource = {
    days: feed.days,
    loadedTo: feed.loadedTo,
    countOf: (day) => feed.countOf(day),
    slotsOf: (day) => (day === session.day ? session.daySlots : feed.slotsOf(day)),
    stateOf: (start) =>
      session.isCurrent(start) ? "current" : session.isTaken(start) ? "taken" : feed.isGone(start) ? "gone" : "free",
    firstFreeFrom: (day) => feed.firstFreeFrom(day),
    noteOf: (slot) => noteOf(modal, session, slot),
  };
  const shownTo = session.day >= feed.loadedTo ? session.day : addDays(feed.loadedTo, -1);
  const clocks =
    session.phase === "loading"
      ? ""
      : dstNotice({
          mine: session.tzid,
          theirs: modal.other.tzid || session.tzid,
          name: modal.otherName,
          from: Date.now(),
          to: startOfDay(addDays(shownTo, 1), session.tzid),
          locale: modal.language,
          zones: feed.zones,
        });
  return html`<convene-slot-picker
    exportparts="slot, day"
    .source=${source}
    .day=${session.day}
    .value=${session.selected?.start ?? ""}
    tzid=${session.tzid}
    other-tzid=${modal.other.tzid}
    other-name=${modal.otherName}
    viewer=${session.me.sub}
    locale=${modal.language}
    .hourCycle=${modal.hourCycle}
    heading=${session.offers.length > 0 || (session.phase === "loading" && !session.isMove) ? words.orPickDay : words.pickDay}
    notice=${clocks}
    ?loading=${session.phase === "loading"}
    ?loading-more=${feed.isLoading}
    @convene-day-change=${(event: CustomEvent<{ day: string }>) => own(event, () => session.selectDay(event.detail.day))}
    @convene-range-needed=${(event: CustomEvent<{ day: string }>) =>
      own(event, () => void session.ensureDay(event.detail.day))}
    @convene-slot-select=${(event: CustomEvent<Slot & { confirm: boolean }>) =>
      own(event, () => {
        const { confirm, ...slot } = event.detail;
        modal.choose(slot, confirm);
      })}
  ></convene-slot-picker>`;
}

/** The picker's events are the modal's own business and stay inside. */
function own(event: Event, act: () => void): void {
  event.stopPropagation();
  act();
}

// ---- title, note, video ----

function details(modal: BookingModalElement, session: BookingSession): TemplateResult {
  const words = strings();
  const value = (event: Event): string => (event.target as HTMLInputElement).value;
  return html`<details
    class="details"
    ?open=${recall("details-open") === "yes"}
    @toggle=${(event: Event) => remember("details-open", (event.target as HTMLDetailsElement).open ? "yes" : "no")}
  >
    <summary>${icon("chevronRight")}${session.isMove ? words.detailsMove : words.details}</summary>
    <div class="fields">
      ${session.isMove
        ? nothing
        : html`<div class="field">
            <label for="title">${words.titleLabel}</label>
            <input
              id="title"
              class="input"
              maxlength="200"
              autocomplete="off"
              placeholder=${modal.suggestedTitle}
              .value=${modal.details.title}
              @input=${(event: Event) => modal.edit({ title: value(event) })}
            />
          </div>`}
      <div class="field">
        <label for="note"
          >${session.isMove ? words.messageLabel : words.noteLabel} <span class="muted">(${words.optional})</span></label
        >
        <textarea
          id="note"
          class="input"
          rows="3"
          maxlength="4000"
          aria-describedby="note-hint"
          .value=${modal.details.note}
          @input=${(event: Event) => modal.edit({ note: value(event) })}
        ></textarea>
        <span id="note-hint" class="hint">${modal.isGroup ? words.noteHintForAll : words.noteHint(modal.otherName)}</span>
      </div>
      ${session.isMove
        ? nothing
        : html`<label class="check"
            ><input
              type="checkbox"
              .checked=${modal.details.conferencing}
              @change=${(event: Event) => modal.edit({ conferencing: (event.target as HTMLInputElement).checked })}
            />${words.videoLabel}</label
          >${modal.extras?.fields(modal, session)}`}
    </div>
  </details>`;
}
