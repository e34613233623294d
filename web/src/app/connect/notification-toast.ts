/** A notification as a passing message, with the one thing that is most likely wanted next. */
import type { Toast } from "../../elements/toast/toast.ts";
import type { Notification } from "../model.ts";
import { bookingPath, conversationPath } from "../router.ts";
import type { Store } from "../store.ts";
import { sentence } from "./booking-facts.ts";

/** What came while we were away is in the list; only what is fresh is also shown in passing. */
const FRESH_MS = 2 * 60_000;

export interface ToastContext {
  store: Store;
  selected: string | null;
  now: number;
  locale: string;
  go(path: string): void;
}

/** The toast of a notification, or null when it is too old for one. */
export function notificationToast(notification: Notification, context: ToastContext): Toast | null {
  if (context.now - Date.parse(notification.created_at) > FRESH_MS) return null;
  const text = sentence(notification.data, context.store.me?.tzid ?? "UTC", context.locale) ?? notification.text;
  return { text, ...action(notification, context) };
}

function action(notification: Notification, { store, selected, go }: ToastContext): Pick<Toast, "actionLabel" | "onAction"> {
  const { booking_id: bookingId, conversation_id: conversationId } = notification;
  const join = bookingId === null ? undefined : store.cards.get(bookingId)?.conferencing?.join_url;
  if (notification.type === "booking.reminder" && join !== undefined && /^https?:/iu.test(join)) {
    return { actionLabel: "Join", onAction: () => void open(join, "_blank", "noopener,noreferrer") };
  }
  if (conversationId !== null && store.conversations.has(conversationId)) {
    return conversationId === selected ? {} : { actionLabel: "Show", onAction: () => go(conversationPath(conversationId)) };
  }
  return bookingId === null ? {} : { actionLabel: "Show", onAction: () => go(bookingPath(bookingId)) };
}
