/** Small people, conversations, messages and cards for the tests of this folder. */
import type { Card, Conversation, Message, Person, Start } from "./model.ts";

export const person = (sub: string, over: Partial<Person> = {}): Person => ({
  sub,
  name: sub.replace("acc_", ""),
  title: "",
  pronouns: "",
  tzid: "Europe/London",
  role: "member",
  presence: "offline",
  in_meeting_until: null,
  is_me: sub === "acc_me",
  ...over,
});

export const card = (bookingId: string, over: Partial<Card> = {}): Card => ({
  schema: 1,
  booking_id: bookingId,
  organization_id: "org_1",
  revision: 1,
  sync_revision: 0,
  state: "confirmed",
  title: "Launch chat",
  note: "",
  start_utc: "2026-11-24T14:30:00Z",
  end_utc: "2026-11-24T15:00:00Z",
  duration_min: 30,
  organizer_id: "acc_me",
  host_tz: "Europe/London",
  participants: [],
  conferencing: null,
  previous: null,
  reason: "",
  changed_by: "acc_me",
  changed_by_name: "me",
  changed_at: "2026-11-20T09:00:00Z",
  links: { manage: "", reschedule: "", cancel: "", ics: "", google: "", outlook: "", office365: "", yahoo: "" },
  ...over,
});

export const message = (seq: number, over: Partial<Message> = {}): Message => ({
  message_id: `msg_${seq}`,
  conversation_id: "cnv_1",
  seq,
  author_id: "acc_ana",
  kind: "text",
  body: `text ${seq}`,
  card: null,
  client_nonce: null,
  edit_seq: seq,
  created_at: new Date(Date.UTC(2026, 10, 20, 9, seq)).toISOString(),
  edited_at: null,
  deleted_at: null,
  ...over,
});

export const conversation = (over: Partial<Conversation> = {}): Conversation => ({
  conversation_id: "cnv_1",
  kind: "dm",
  name: "",
  topic: "",
  with: "acc_ana",
  member_count: 2,
  last_seq: 0,
  last_read_seq: 0,
  unread: 0,
  last_message: null,
  created_at: "2026-11-01T09:00:00Z",
  ...over,
});

export const start = (over: Partial<Start> = {}): Start => ({
  me: person("acc_me"),
  organization: { org_id: "org_1", name: "Globex" },
  people: [person("acc_me"), person("acc_ana")],
  conversations: [conversation()],
  upcoming: [],
  notifications: [],
  cursors: { cnv_1: 0 },
  personal_cursor: 0,
  server_time: "2026-11-20T09:00:00Z",
  ...over,
});
