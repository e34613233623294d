/** What stands above the oldest message on the page: the way to older ones, or the beginning of it all. */
import { type TemplateResult, html } from "lit";
import type { StoredConversation, Timeline } from "../store.ts";

export function earlier(timeline: Timeline, want: () => void): TemplateResult {
  return html`<div class="older">
    ${timeline.status === "loading"
      ? html`<span class="spinner" aria-hidden="true"></span>`
      : html`<button class="button small quiet" type="button" @click=${want}>Show older messages</button>`}
  </div>`;
}

export function beginning(conversation: StoredConversation, title: string): TemplateResult {
  const isChannel = conversation.kind === "channel";
  return html`<div class="beginning">
    <h2>${isChannel ? `# ${title}` : title}</h2>
    <p class="muted">
      ${isChannel
        ? `This is the beginning of the channel.${conversation.topic ? ` ${conversation.topic}` : ""}`
        : `This is the beginning of your conversation with ${title}.`}
    </p>
  </div>`;
}
