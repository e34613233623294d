/** The platform's own objects as `/api` gives them; bookings have their types beside the booking elements. */
import type { Role } from "./model.ts";

export interface Account {
  sub: string;
  name: string;
  email: string;
  title: string;
  pronouns: string;
  phone: string;
  tzid: string;
  role: Role;
  sharing: "free_busy" | "nobody" | (string & {});
  suspended: boolean;
  created_at: string;
}

export interface DemoPerson {
  sub: string;
  name: string;
  title: string;
  tzid: string;
  email: string;
}

export interface SessionEntry {
  session_id: string;
  created_at: string;
  last_seen_at: string;
  user_agent: string;
  ip: string;
  is_current: boolean;
}

export interface Invitation {
  invitation_id: string;
  email: string;
  name: string;
  role: Role;
  expires_at: string;
  /** Only in the answer that made it. */
  url?: string;
}

export interface Application {
  client_id: string;
  name: string;
  redirect_uris: string[];
  created_at: string;
  /** How many accounts it may act for. */
  authorized_count: number;
  /** Until when a replaced secret goes on working. */
  old_secret_until: string | null;
  has_service_account: boolean;
  /** Only in the answer that made it. */
  client_secret?: string;
}

/** An application that may act for me. */
export interface Authorization {
  client_id: string;
  name: string;
  scope: string[];
  /** What the scope lets it do, in sentences. */
  allowed: string[];
  created_at: string;
}

export interface ApiKey {
  key_id: string;
  name: string;
  prefix: string;
  grants: string[];
  created_at?: string;
  last_used_at?: string | null;
  /** Only in the answer that made it. */
  secret?: string;
}

export interface Grant {
  grant: string;
  description: string;
}

export interface AuditEntry {
  seq: number;
  at: string;
  actor: string;
  actor_name: string;
  action: string;
  target: string;
  ip: string;
  detail: unknown;
}

export interface ConnectedCalendar {
  calendar_id: string;
  name: string;
  color: string;
  tzid: string;
  is_writable: boolean;
  is_checked: boolean;
  is_target: boolean;
  synced_at: string | null;
  notices: { code: string; detail: string; event: string }[];
}

/** What the owner of an account granted, where people sign in at the service itself. */
export type Access = "busy" | "read" | "two_way";

export interface Connection {
  connection_id: string;
  kind: string;
  label: string;
  url: string;
  username: string;
  /** "" where passwords are typed. */
  access: Access | "";
  state: "connecting" | "ok" | "delayed" | "rate_limited" | "needs_attention";
  error: { code: string; detail: string; at: string; attempts: number; next_try_at: string | null } | null;
  synced_at: string | null;
  next_read_at?: string | null;
  /** While it is `connecting`. */
  progress?: { calendars: number; calendars_read: number; events_read: number } | null;
  /** Meetings that its calendars do not hold yet. */
  waiting_writes?: number;
  push?: Push;
  policy?: Policy;
  created_at: string;
  calendars: ConnectedCalendar[];
}

/** Whether a service tells of changes: it does, it should and does not, it cannot. */
export type Push = "active" | "off" | "unsupported";

/** How an account is used. */
export interface Policy {
  direction: "both" | "in" | "out";
  shares: "details" | "busy" | "nothing";
  on_move: "reschedule" | "propose";
  on_delete: "cancel" | "ask";
  conflict_rule: "ours" | "theirs" | "ask";
}

/** A meeting of an account's calendar that goes on after it is disconnected. */
export interface FutureBooking {
  booking_id: string;
  title: string;
  start: string;
  end: string;
}

/** What one side says of a meeting. */
export interface ConflictSide {
  start: string;
  end: string;
  title: string;
  location: string;
  description: string;
}

/** A calendar and a booking say different things. */
export interface Conflict {
  conflict_id: string;
  booking_id: string;
  title: string;
  connection_id: string;
  connection_label: string;
  calendar_name: string;
  kind: "moved" | "deleted" | "edited";
  fields: (keyof ConflictSide)[];
  ours: ConflictSide;
  /** Null where it was deleted. */
  theirs: ConflictSide | null;
  seen_at: string;
  state: "open" | "resolved";
  resolution: "ours" | "theirs" | null;
  resolved_at: string | null;
  resolved_by: string | null;
  /** In whose calendar. Others see no more of it than this. */
  account: { sub: string; name: string };
  /** Its owner wishes another time, and the others decide. */
  is_proposal: boolean;
  /** How the reader may decide. */
  choices: ("ours" | "theirs")[];
}

/** How somebody's account at a calendar service does, for administrators. */
export interface AccountHealth {
  connection_id: string;
  account_id: string;
  name: string;
  kind: string;
  label: string;
  state: Connection["state"];
  error_code: string;
  error_detail: string;
  last_synced_at: string | null;
  next_poll_at: string | null;
  push: Push;
  calendars: number;
  events: number;
  waiting_writes: number;
  oldest_waiting_at: string | null;
}

export interface Webhook {
  webhook_id: string;
  url: string;
  events: string[];
  state: string;
  scope?: string;
  state_reason?: string | null;
  created_at?: string;
  /** Only in the answer that made it. */
  secret?: string;
}

export interface Delivery {
  delivery_id: string;
  event_id: string;
  type: string;
  state: string;
  attempts: number;
  next_try_at: string | null;
  last_status: number | null;
  last_error: string | null;
  last_ms: number | null;
  last_response: string | null;
  created_at: string;
  delivered_at: string | null;
  body: unknown;
}

/** Something that is booked like a person. */
export interface Room {
  sub: string;
  name: string;
  email: string;
  tzid: string;
  seats: number | null;
  place: string;
  equipment: string[];
  /** Only in an answer about one time. */
  is_free?: boolean;
}
