/** What Connect's server tells a window: the shapes of `/connect/api` and of the socket's frames. */
import type { Card } from "../internal/types.ts";

export type { Card };

export type Presence = "active" | "away" | "offline";
export type Role = "owner" | "admin" | "member" | "guest";

export interface Person {
  sub: string;
  name: string;
  title: string;
  pronouns: string;
  tzid: string;
  role: Role;
  presence: Presence;
  in_meeting_until: string | null;
  is_suspended?: boolean;
  is_me: boolean;
}

/** A person as their profile shows them. */
export interface PersonDetail extends Person {
  email: string;
  phone: string;
  upcoming_with_me: Card[];
}

/** What happened to a meeting. Title and reason are empty where others than its people read along. */
export interface BookingFacts {
  type: string;
  booking_id: string;
  title: string;
  reason: string;
  actor_id: string;
  actor_name: string;
  start_utc: string;
  end_utc: string;
  previous: { start_utc: string; end_utc: string } | null;
  /** A host has accepted what somebody asked for. */
  was_requested?: boolean;
}

/** Free time that somebody shares for some days; nothing here tells when they are free. */
export interface Share {
  schema: 1;
  owner_id: string;
  tzid: string;
  start_utc: string;
  end_utc: string;
  duration_minutes: number;
  any_hour: boolean;
  state: "live" | "revoked";
  as_of: string;
  expires_at: string;
}

export interface Message {
  message_id: string;
  conversation_id: string;
  seq: number;
  author_id: string | null;
  kind: "text" | "booking_card" | "notice" | "availability_share";
  body: string;
  card: Card | null;
  /** What a `notice` says, as data. */
  notice?: BookingFacts | null;
  /** What an `availability_share` is about; its times are asked for. */
  share?: Share | null;
  client_nonce: string | null;
  edit_seq: number;
  created_at: string;
  edited_at: string | null;
  deleted_at: string | null;
}

/** What everybody in a conversation sees alike. */
export interface SharedConversation {
  conversation_id: string;
  kind: "dm" | "channel";
  name: string;
  topic: string;
  member_count: number;
  last_seq: number;
  created_at: string;
}

export interface Conversation extends SharedConversation {
  with: string | null;
  last_read_seq: number;
  unread: number;
  last_message: Message | null;
}

export interface Notification {
  notification_id: string;
  type: string;
  text: string;
  booking_id: string | null;
  conversation_id: string | null;
  /** `code` where it is about a calendar. */
  data: Partial<BookingFacts> & { code?: string };
  created_at: string;
  read_at: string | null;
}

export interface ChannelSummary {
  conversation_id: string;
  name: string;
  topic: string;
  member_count: number;
  is_member: boolean;
}

export interface Start {
  me: Person;
  organization: { org_id: string; name: string };
  people: Person[];
  conversations: Conversation[];
  upcoming: Card[];
  notifications: Notification[];
  cursors: Record<string, number>;
  personal_cursor: number;
  server_time: string;
}

export interface PresenceUpdate {
  sub: string;
  presence: Presence;
  in_meeting_until: string | null;
}

/** Events of a conversation's log. */
export type ConversationEvent =
  | { type: "message.created" | "message.updated" | "message.deleted"; data: Message }
  | { type: "member.joined" | "member.left"; data: { person: Person } }
  | { type: "conversation.updated"; data: SharedConversation };

/** Events of the signed-in person's own log. */
export type PersonalEvent =
  | { type: "conversation.joined"; data: Conversation }
  | { type: "conversation.left"; data: { conversation_id: string } }
  | { type: "read.updated"; data: { conversation_id: string; last_read_seq: number } }
  | { type: "upcoming.changed"; data: { upcoming: Card[] } }
  | { type: "notification.created"; data: Notification }
  | { type: "notification.read"; data: { notification_ids: string[] } };

/** One numbered entry of a log: `c` is a conversation, or `me` for the personal one. */
export type LogEvent = { c: string; seq: number } & (ConversationEvent | PersonalEvent);

export type ServerFrame =
  | { type: "ready"; node: string; heartbeat_seconds: number }
  | { type: "pong" }
  | { type: "resync"; c: string }
  | { type: "presence"; people: PresenceUpdate[]; complete?: boolean }
  /** A hint in no log, which may be missed. */
  | { type: "availability.changed"; data: { subs: string[] } }
  | LogEvent;

export const PERSONAL = "me";

export const isLogEvent = (frame: ServerFrame): frame is LogEvent => "seq" in frame;
