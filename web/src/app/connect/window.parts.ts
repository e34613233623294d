/** What stands in place of a conversation while none is open. */
import { type TemplateResult, html } from "lit";
import { appIcon } from "../ui/icons.ts";
import { empty } from "../ui/parts.ts";

export function nothingOpen(find: (kind: "people") => void, browse: () => void): TemplateResult {
  return empty(
    appIcon("message"),
    "Talk to somebody",
    "Choose a conversation, or start one. Meetings are booked right where you talk.",
    html`<button class="button primary" type="button" @click=${() => find("people")}>New message</button>
      <button class="button quiet" type="button" @click=${browse}>Browse channels</button>`,
  );
}

export function notHere(): TemplateResult {
  return empty(
    appIcon("message"),
    "This conversation is not here",
    "You may have left it, or the link may be meant for somebody else.",
    html`<a class="button" href="/">All conversations</a>`,
  );
}
