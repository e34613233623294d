/**
 * What this window knows: people, conversations, messages and cards, each once and by id.
 *
 * Everything that happens after the first read arrives as a numbered event and goes through `receive` and `apply`,
 * the author's own messages too. Cards are kept apart from messages, by booking id, so that a meeting moved today
 * changes a card of three weeks ago and nothing around it. Whoever shows a piece of this state listens to that piece's
 * topic (`message:msg_1`, `card:bkg_1`, `conversations`, …).
 */
import type {
  Card,
  Conversation,
  LogEvent,
  Message,
  Notification,
  Person,
  PresenceUpdate,
  SharedConversation,
  Start,
} from "./model.ts";
import { isNewer } from "../internal/types.ts";
import { PERSONAL } from "./model.ts";
import { MessageArrived, NotificationArrived } from "./store-events.ts";

/** A message whose card, if it is one, is found in `cards`. */
export type StoredMessage = Omit<Message, "card"> & { booking_id: string | null };
export type StoredConversation = Omit<Conversation, "last_message"> & { last_message_id: string | null };

/** The part of a conversation that has been read: message ids in their order, without holes up to the newest. */
export interface Timeline {
  ids: string[];
  status: "loading" | "ready" | "error";
  hasMore: boolean;
  error: string;
}

/** A text on its way. It stays until the event that carries its nonce arrives. */
export interface PendingMessage {
  nonce: string;
  conversation_id: string;
  body: string;
  created_at: string;
  state: "sending" | "sent" | "failed";
  error: string;
}

export type Received = "applied" | "duplicate" | "hole" | "unknown";

export class Store extends EventTarget {
  me: Person | null = null;
  organization: { org_id: string; name: string } | null = null;
  readonly people = new Map<string, Person>();
  readonly conversations = new Map<string, StoredConversation>();
  readonly messages = new Map<string, StoredMessage>();
  readonly timelines = new Map<string, Timeline>();
  readonly cards = new Map<string, Card>();
  readonly members = new Map<string, string[]>();
  readonly notifications = new Map<string, Notification>();
  readonly pending = new Map<string, PendingMessage[]>();
  /** Booking ids of the next three meetings, by start. */
  upcoming: string[] = [];
  /** The last number applied of each log, `me` among them. */
  readonly cursors = new Map<string, number>();

  // ---------------------------------------------------------------- first read

  /** Takes a whole reading of the server. A conversation of which we already hold newer events keeps what we hold. */
  load(start: Start): void {
    this.organization = start.organization;
    for (const person of start.people) this.people.set(person.sub, person);
    this.people.set(start.me.sub, start.me);
    this.me = start.me;
    const present = new Set(start.conversations.map((conversation) => conversation.conversation_id));
    for (const conversation of start.conversations) {
      this.putConversation(conversation, start.cursors[conversation.conversation_id]);
    }
    if (start.personal_cursor >= (this.cursors.get(PERSONAL) ?? 0)) {
      for (const id of [...this.conversations.keys()]) if (!present.has(id)) this.#forget(id);
      this.cursors.set(PERSONAL, start.personal_cursor);
      this.#setUpcoming(start.upcoming);
      this.notifications.clear();
      for (const notification of start.notifications) {
        this.notifications.set(notification.notification_id, notification);
      }
    }
    this.#changed("people", "conversations", "upcoming", "notifications");
  }

  /** Adds or replaces a conversation, unless events newer than this reading were applied to it already. */
  putConversation(conversation: Conversation, cursor = conversation.last_seq): void {
    const id = conversation.conversation_id;
    if ((this.cursors.get(id) ?? -1) > cursor) return;
    const { last_message: last, ...rest } = conversation;
    if (last !== null) this.#putMessage(last);
    this.conversations.set(id, { ...rest, last_message_id: last?.message_id ?? null });
    this.cursors.set(id, cursor);
    this.#changed("conversations", `conversation:${id}`);
  }

  // ---------------------------------------------------------------- timelines

  timeline(conversationId: string): Timeline | null {
    return this.timelines.get(conversationId) ?? null;
  }

  /** Marks the timeline as being read, so that events that arrive meanwhile find their place in it. */
  beginTimeline(conversationId: string): void {
    const known = this.timelines.get(conversationId);
    if (known === undefined) {
      this.timelines.set(conversationId, { ids: [], status: "loading", hasMore: true, error: "" });
    } else {
      known.status = "loading";
    }
    this.#changed(`timeline:${conversationId}`);
  }

  /** Merges a page of messages, whatever events arrived while it was on its way. */
  mergePage(conversationId: string, messages: readonly Message[], hasMore: boolean): void {
    const timeline = this.timelines.get(conversationId);
    if (timeline === undefined) return;
    for (const message of messages) this.#putMessage(message);
    const ids = new Set([...timeline.ids, ...messages.map((message) => message.message_id)]);
    timeline.ids = [...ids].sort((a, b) => this.messages.get(a)!.seq - this.messages.get(b)!.seq);
    timeline.hasMore = hasMore;
    timeline.status = "ready";
    timeline.error = "";
    this.#changed(`timeline:${conversationId}`);
  }

  failTimeline(conversationId: string, error: string): void {
    const timeline = this.timelines.get(conversationId);
    if (timeline === undefined) return;
    timeline.status = "error";
    timeline.error = error;
    this.#changed(`timeline:${conversationId}`);
  }

  /** Drops what was read of a conversation whose log went on without us; it is read again when shown. */
  dropTimeline(conversationId: string): void {
    this.timelines.delete(conversationId);
    this.members.delete(conversationId);
    this.#changed(`timeline:${conversationId}`, `members:${conversationId}`);
  }

  setMembers(conversationId: string, people: readonly Person[]): void {
    for (const person of people) this.#putPerson(person);
    this.members.set(
      conversationId,
      people.map((person) => person.sub),
    );
    this.#changed(`members:${conversationId}`);
  }

  // ---------------------------------------------------------------- events

  /** Applies an event if it is the next one of its log; tells why not otherwise. */
  receive(event: LogEvent): Received {
    const cursor = this.cursors.get(event.c);
    if (cursor === undefined) return "unknown";
    if (event.seq <= cursor) return "duplicate";
    if (event.seq > cursor + 1) return "hole";
    this.apply(event);
    this.cursors.set(event.c, event.seq);
    return "applied";
  }

  /** The one way in which anything changes. */
  apply(event: LogEvent): void {
    if (event.c !== PERSONAL) this.#advance(event.c, event.seq);
    switch (event.type) {
      case "message.created":
        return this.#created(event.data);
      case "message.updated":
      case "message.deleted":
        return this.#rewritten(event.data);
      case "member.joined":
        return this.#joined(event.c, event.data.person);
      case "member.left":
        return this.#left(event.c, event.data.person);
      case "conversation.updated":
        return this.#renamed(event.data);
      case "conversation.joined":
        return this.putConversation(event.data);
      case "conversation.left":
        this.#forget(event.data.conversation_id);
        return this.#changed("conversations", `conversation:${event.data.conversation_id}`);
      case "read.updated":
        return this.#read(event.data.conversation_id, event.data.last_read_seq);
      case "upcoming.changed":
        this.#setUpcoming(event.data.upcoming);
        return this.#changed("upcoming");
      case "notification.created":
        this.notifications.set(event.data.notification_id, event.data);
        this.#changed("notifications");
        this.dispatchEvent(new NotificationArrived(event.data));
        return;
      case "notification.read":
        return this.#notificationsRead(event.data.notification_ids);
    }
  }

  /** Who is there; with `isComplete` whoever is not named is not. */
  applyPresence(updates: readonly PresenceUpdate[], isComplete = false): void {
    if (isComplete) {
      const named = new Set(updates.map((update) => update.sub));
      const gone = [...this.people.values()].filter((person) => !named.has(person.sub));
      for (const person of gone) this.#putPerson({ ...person, presence: "offline", in_meeting_until: null });
    }
    for (const { sub, presence, in_meeting_until } of updates) {
      const person = this.people.get(sub);
      if (person !== undefined) this.#putPerson({ ...person, presence, in_meeting_until });
    }
    this.#changed("people");
  }

  #created(message: Message): void {
    const conversation = this.conversations.get(message.conversation_id);
    const known = this.messages.has(message.message_id);
    const stored = this.#putMessage(message);
    if (message.client_nonce !== null && message.author_id === this.me?.sub) {
      this.#dropPending(message.conversation_id, message.client_nonce);
    }
    const timeline = this.timelines.get(message.conversation_id);
    if (timeline !== undefined && !timeline.ids.includes(message.message_id)) timeline.ids.push(message.message_id);
    if (conversation !== undefined) {
      const unread = message.author_id !== this.me?.sub && message.seq > conversation.last_read_seq ? 1 : 0;
      this.#patchConversation(message.conversation_id, {
        last_message_id: message.message_id,
        unread: conversation.unread + unread,
      });
    }
    this.#changed(`timeline:${message.conversation_id}`);
    if (!known) this.dispatchEvent(new MessageArrived(stored));
  }

  /** An edit, a deletion or a new state of a card: the message keeps its place. */
  #rewritten(message: Message): void {
    const before = this.messages.get(message.message_id);
    if (before === undefined) {
      // Older than what was read of this conversation: only its card may be on show somewhere else.
      if (message.card !== null) this.putCard(message.card);
    } else {
      this.#putMessage(message);
      if (message.kind !== "booking_card") this.#changed(`timeline:${message.conversation_id}`);
    }
    const conversation = this.conversations.get(message.conversation_id);
    if (conversation === undefined || message.deleted_at === null || before?.deleted_at != null) return;
    const wasUnread = message.author_id !== this.me?.sub && message.seq > conversation.last_read_seq;
    if (wasUnread) this.#patchConversation(message.conversation_id, { unread: Math.max(0, conversation.unread - 1) });
  }

  #joined(conversationId: string, person: Person): void {
    this.#putPerson(person);
    const conversation = this.conversations.get(conversationId);
    if (conversation !== undefined) {
      this.#patchConversation(conversationId, { member_count: conversation.member_count + 1 });
    }
    const members = this.members.get(conversationId);
    if (members !== undefined && !members.includes(person.sub)) members.push(person.sub);
    this.#changed("people", `members:${conversationId}`);
  }

  #left(conversationId: string, person: Person): void {
    const conversation = this.conversations.get(conversationId);
    if (conversation !== undefined) {
      this.#patchConversation(conversationId, { member_count: Math.max(0, conversation.member_count - 1) });
    }
    const members = this.members.get(conversationId);
    if (members !== undefined) {
      this.members.set(
        conversationId,
        members.filter((sub) => sub !== person.sub),
      );
    }
    this.#changed(`members:${conversationId}`);
  }

  #renamed(shared: SharedConversation): void {
    const { name, topic, member_count } = shared;
    this.#patchConversation(shared.conversation_id, { name, topic, member_count });
  }

  #read(conversationId: string, lastRead: number): void {
    const conversation = this.conversations.get(conversationId);
    if (conversation === undefined || lastRead <= conversation.last_read_seq) return;
    this.#patchConversation(conversationId, { last_read_seq: lastRead, unread: this.#unreadAfter(conversation, lastRead) });
  }

  #unreadAfter(conversation: StoredConversation, lastRead: number): number {
    if (lastRead >= conversation.last_seq) return 0;
    const ids = this.timelines.get(conversation.conversation_id)?.ids ?? [];
    const later = ids
      .map((id) => this.messages.get(id)!)
      .filter((message) => message.seq > lastRead && message.author_id !== this.me?.sub && message.deleted_at === null);
    return Math.min(conversation.unread, later.length);
  }

  #notificationsRead(ids: readonly string[]): void {
    for (const id of ids) {
      const notification = this.notifications.get(id);
      if (notification !== undefined && notification.read_at === null) {
        this.notifications.set(id, { ...notification, read_at: new Date().toISOString() });
      }
    }
    this.#changed("notifications");
  }

  // ---------------------------------------------------------------- pending texts

  putPending(pending: PendingMessage): void {
    const others = (this.pending.get(pending.conversation_id) ?? []).filter((other) => other.nonce !== pending.nonce);
    const list = [...others, pending].sort((a, b) => a.created_at.localeCompare(b.created_at));
    this.pending.set(pending.conversation_id, list);
    this.#changed(`timeline:${pending.conversation_id}`);
  }

  findPending(conversationId: string, nonce: string): PendingMessage | null {
    return this.pending.get(conversationId)?.find((pending) => pending.nonce === nonce) ?? null;
  }

  discardPending(conversationId: string, nonce: string): void {
    this.#dropPending(conversationId, nonce);
    this.#changed(`timeline:${conversationId}`);
  }

  #dropPending(conversationId: string, nonce: string): void {
    const left = (this.pending.get(conversationId) ?? []).filter((pending) => pending.nonce !== nonce);
    if (left.length > 0) this.pending.set(conversationId, left);
    else this.pending.delete(conversationId);
  }

  // ---------------------------------------------------------------- entities

  /** Keeps the newer of two snapshots of a booking. */
  putCard(card: Card): void {
    const known = this.cards.get(card.booking_id);
    if (known !== undefined && !isNewer(card, known)) return;
    this.cards.set(card.booking_id, card);
    this.#changed(`card:${card.booking_id}`);
  }

  person(sub: string | null): Person | null {
    return (sub !== null && this.people.get(sub)) || null;
  }

  /** Adds somebody, or what is newly known of them. */
  putPerson(person: Person): void {
    this.#putPerson(person);
    this.#changed("people");
  }

  #putPerson(person: Person): void {
    this.people.set(person.sub, person);
    if (person.sub === this.me?.sub) this.me = person;
    this.#changed(`person:${person.sub}`);
  }

  #putMessage(message: Message): StoredMessage {
    const { card, ...rest } = message;
    if (card !== null) this.putCard(card);
    const known = this.messages.get(message.message_id);
    if (known !== undefined && known.edit_seq > message.edit_seq) return known;
    const stored: StoredMessage = { ...rest, booking_id: card?.booking_id ?? known?.booking_id ?? null };
    this.messages.set(message.message_id, stored);
    this.#changed(`message:${message.message_id}`);
    return stored;
  }

  #setUpcoming(cards: readonly Card[]): void {
    for (const card of cards) this.putCard(card);
    this.upcoming = cards.map((card) => card.booking_id);
  }

  #advance(conversationId: string, seq: number): void {
    const conversation = this.conversations.get(conversationId);
    if (conversation !== undefined && seq > conversation.last_seq) {
      this.conversations.set(conversationId, { ...conversation, last_seq: seq });
    }
  }

  #patchConversation(id: string, patch: Partial<StoredConversation>): void {
    const conversation = this.conversations.get(id);
    if (conversation === undefined) return;
    this.conversations.set(id, { ...conversation, ...patch });
    this.#changed("conversations", `conversation:${id}`);
  }

  #forget(id: string): void {
    this.conversations.delete(id);
    this.timelines.delete(id);
    this.members.delete(id);
    this.cursors.delete(id);
  }

  #changed(...topics: string[]): void {
    for (const topic of topics) this.dispatchEvent(new Event(topic));
  }
}
