/** What the store tells besides its topics: things that happen, not things that are. */
import type { Notification } from "./model.ts";
import type { StoredMessage } from "./store.ts";

export class MessageArrived extends Event {
  readonly message: StoredMessage;
  constructor(message: StoredMessage) {
    super("message-arrived");
    this.message = message;
  }
}

export class NotificationArrived extends Event {
  readonly notification: Notification;
  constructor(notification: Notification) {
    super("notification-arrived");
    this.notification = notification;
  }
}

export class AvailabilityChanged extends Event {
  readonly subs: readonly string[];
  constructor(subs: readonly string[]) {
    super("availability-changed");
    this.subs = subs;
  }
}
