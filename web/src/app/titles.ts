/** What conversations are called, and which is the newest. */
import type { Person } from "./model.ts";
import type { Store, StoredConversation } from "./store.ts";

/** The conversation's other person, for a dm. */
export function counterpart(store: Store, conversation: StoredConversation): Person | null {
  return conversation.kind === "dm" ? store.person(conversation.with) : null;
}

/** What a conversation is called in lists: the other person's name, or the channel's. */
export function conversationTitle(store: Store, conversation: StoredConversation): string {
  if (conversation.kind === "channel") return conversation.name;
  return counterpart(store, conversation)?.name ?? (conversation.name || "Unknown person");
}

/** The id of the conversation with the newest message, or null when nothing was said anywhere. */
export function latestConversation(store: Store): string | null {
  let latest: { id: string; at: string } | null = null;
  for (const { conversation_id: id, last_message_id: message } of store.conversations.values()) {
    const at = (message !== null && store.messages.get(message)?.created_at) || "";
    if (at > (latest?.at ?? "")) latest = { id, at };
  }
  return latest?.id ?? null;
}
