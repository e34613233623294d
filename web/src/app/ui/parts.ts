/** Small pieces that every screen of the app is made of: avatars, presence, and the states of whatever was fetched. */
import { type TemplateResult, html, nothing, svg } from "lit";
import { ApiError } from "../../internal/api-client.ts";
import { cssProperty } from "../../internal/css-property.ts";
import { avatarHue, initials } from "../../internal/element.ts";
import { type IconName, icon } from "../../internal/icons.ts";
import type { Person, Presence } from "../model.ts";

/** The person's initials on their own colour. Decorative: the name stands beside it. */
export function avatar(person: { sub: string; name: string } | null, size: "" | "small" | "large" = ""): TemplateResult {
  return html`<span
    class="avatar ${size}"
    aria-hidden="true"
    ${cssProperty("--cv-avatar-hue", avatarHue(person?.sub ?? ""))}
    >${person === null ? "?" : initials(person.name)}</span
  >`;
}

/** What the person is doing now, in words. */
export function presenceWords(person: Pick<Person, "presence" | "in_meeting_until">, time: (at: string) => string): string {
  if (person.in_meeting_until !== null) return `In a meeting until ${time(person.in_meeting_until)}`;
  const words: Record<Presence, string> = { active: "Active", away: "Away", offline: "Offline" };
  return words[person.presence];
}

/** A mark with a shape of its own for each state: disc, crescent, ring, bar. */
export function presenceMark(person: Pick<Person, "presence" | "in_meeting_until">): TemplateResult {
  const state = person.in_meeting_until !== null ? "busy" : person.presence;
  const shape = {
    active: svg`<circle cx="6" cy="6" r="5" />`,
    away: svg`<path d="M7.6 1A5.2 5.2 0 1 0 11 8.8 4.5 4.5 0 0 1 7.6 1Z" />`,
    offline: svg`<circle class="ring" cx="6" cy="6" r="4" />`,
    busy: svg`<circle cx="6" cy="6" r="5.5" /><path class="bar" d="M3.2 6h5.6" />`,
  };
  return html`<svg class="presence ${state}" viewBox="0 0 12 12" aria-hidden="true" focusable="false">
    ${shape[state]}
  </svg>`;
}

/** A failure with its reason and, where it helps, a way to try again. */
export function failure(what: string, error: unknown, retry?: () => void): TemplateResult {
  const offline = error instanceof ApiError && error.code === "offline";
  const reference = error instanceof ApiError && error.requestId ? ` Reference ${error.requestId}.` : "";
  return html`<div class="notice danger" role="alert">
    ${icon(offline ? "offline" : "warning")}
    <p class="notice-text"><strong>${what}</strong> ${reason(error)}${reference}</p>
    ${retry ? html`<button class="button small" @click=${retry}>Try again</button>` : nothing}
  </div>`;
}

/** Why something failed, as a sentence for people. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An empty surface says what would be here and how it gets here. */
export function empty(name: IconName | TemplateResult, title: string, text: unknown, action: unknown = nothing): TemplateResult {
  return html`<div class="empty">
    <span class="empty-icon">${typeof name === "string" ? icon(name) : name}</span>
    <p class="empty-title">${title}</p>
    <p class="muted">${text}</p>
    ${action}
  </div>`;
}

/** Rows of the size of what is coming. */
export function skeletons(count: number, shape = "row", what = "Loading"): TemplateResult {
  return html`<div class="skeletons pulse" role="status" aria-busy="true">
    <span class="visually-hidden">${what}…</span>
    ${Array.from({ length: count }, () => html`<span class="skeleton ${shape}"></span>`)}
  </div>`;
}
