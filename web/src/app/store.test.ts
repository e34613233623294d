/** Events applied to what was read before equal what is read afresh. */
import { describe, expect, it, vi } from "vitest";
import type { LogEvent, Message } from "./model.ts";
import { Store } from "./store.ts";
import { card, conversation, message, person, start } from "./test-data.ts";

function loaded(...events: LogEvent[]): Store {
  const store = new Store();
  store.load(start());
  store.beginTimeline("cnv_1");
  store.mergePage("cnv_1", [], false);
  for (const event of events) expect(store.receive(event)).toBe("applied");
  return store;
}

const created = (m: Message): LogEvent => ({ c: m.conversation_id, seq: m.seq, type: "message.created", data: m });

/** What can be seen of a store, for comparing two. */
const seen = (store: Store) => ({
  people: Object.fromEntries(store.people),
  conversations: Object.fromEntries(store.conversations),
  messages: Object.fromEntries(store.messages),
  timelines: Object.fromEntries(store.timelines),
  cards: Object.fromEntries(store.cards),
  notifications: Object.fromEntries(store.notifications),
  upcoming: store.upcoming,
  cursors: Object.fromEntries(store.cursors),
});

describe("apply", () => {
  it("makes of an old reading and the events the same state as a fresh reading", () => {
    const first = message(1);
    const edited = { ...first, body: "edited", edit_seq: 4, edited_at: "2026-11-20T10:00:00Z" };
    const placed = message(2, { kind: "booking_card", author_id: "acc_me", card: card("bkg_1") });
    const moved = { ...placed, edit_seq: 5, card: card("bkg_1", { revision: 2, state: "rescheduled" }) };
    const third = message(3);
    const gone = { ...third, body: "", edit_seq: 6, deleted_at: "2026-11-20T10:01:00Z" };
    const fourth = message(7);
    const meeting = card("bkg_1", { revision: 2, state: "rescheduled" });
    const notice = {
      notification_id: "ntf_1", type: "booking.rescheduled", text: "Moved", booking_id: "bkg_1",
      conversation_id: "cnv_1", data: {}, created_at: "2026-11-20T10:00:00Z", read_at: null,
    };
    const old = loaded(
      created(first), created(placed), created(third),
      { c: "cnv_1", seq: 4, type: "message.updated", data: edited },
      { c: "cnv_1", seq: 5, type: "message.updated", data: moved },
      { c: "cnv_1", seq: 6, type: "message.deleted", data: gone },
      created(fourth),
      { c: "cnv_1", seq: 8, type: "member.joined", data: { person: person("acc_cy") } },
      { c: "cnv_1", seq: 9, type: "conversation.updated", data: { ...conversation(), name: "launch", topic: "Ship it", member_count: 3 } },
      { c: "me", seq: 1, type: "read.updated", data: { conversation_id: "cnv_1", last_read_seq: 3 } },
      { c: "me", seq: 2, type: "upcoming.changed", data: { upcoming: [meeting] } },
      { c: "me", seq: 3, type: "notification.created", data: notice },
    );

    const fresh = new Store();
    fresh.load(
      start({
        people: [person("acc_me"), person("acc_ana"), person("acc_cy")],
        conversations: [
          conversation({
            name: "launch", topic: "Ship it", member_count: 3, last_seq: 9, last_read_seq: 3, unread: 1, last_message: fourth,
          }),
        ],
        cursors: { cnv_1: 9 },
        personal_cursor: 3,
        upcoming: [meeting],
        notifications: [notice],
      }),
    );
    fresh.beginTimeline("cnv_1");
    fresh.mergePage("cnv_1", [edited, moved, gone, fourth], false);

    expect(seen(old)).toEqual(seen(fresh));
  });

  it("lets an old card follow its booking without touching its message or its neighbours", () => {
    const placed = message(1, { kind: "booking_card", card: card("bkg_1") });
    const other = message(2, { kind: "booking_card", card: card("bkg_2") });
    const store = loaded(created(placed), created(other));
    const touched: string[] = [];
    for (const topic of ["card:bkg_1", "card:bkg_2", "message:msg_2"]) {
      store.addEventListener(topic, () => touched.push(topic));
    }
    const moved = { ...placed, edit_seq: 3, card: card("bkg_1", { revision: 2, state: "cancelled" }) };
    store.receive({ c: "cnv_1", seq: 3, type: "message.updated", data: moved });
    expect(store.cards.get("bkg_1")?.state).toBe("cancelled");
    expect(touched).toEqual(["card:bkg_1"]);
  });

  it("shows the newest snapshot of a booking in whatever order they come", () => {
    const store = loaded();
    store.putCard(card("bkg_1", { revision: 3 }));
    store.putCard(card("bkg_1", { revision: 2, sync_revision: 9 }));
    store.putCard(card("bkg_1", { revision: 3, sync_revision: 1 }));
    store.putCard(card("bkg_1", { revision: 3, sync_revision: 0 }));
    expect(store.cards.get("bkg_1")).toMatchObject({ revision: 3, sync_revision: 1 });
  });

  it("counts what others said after the read mark, not one's own words", () => {
    const store = loaded(created(message(1)), created(message(2, { author_id: "acc_me" })), created(message(3)));
    expect(store.conversations.get("cnv_1")?.unread).toBe(2);
    store.receive({ c: "me", seq: 1, type: "read.updated", data: { conversation_id: "cnv_1", last_read_seq: 1 } });
    expect(store.conversations.get("cnv_1")?.unread).toBe(1);
    store.receive({ c: "me", seq: 2, type: "read.updated", data: { conversation_id: "cnv_1", last_read_seq: 3 } });
    expect(store.conversations.get("cnv_1")?.unread).toBe(0);
  });

  it("finds the place of events that arrive while a page is on its way", () => {
    const store = loaded();
    store.dropTimeline("cnv_1");
    store.beginTimeline("cnv_1");
    store.receive(created(message(1)));
    const late = { ...message(1), body: "older reading", edit_seq: 0 };
    store.mergePage("cnv_1", [message(0, { message_id: "msg_0" }), late], true);
    expect(store.timeline("cnv_1")).toMatchObject({ ids: ["msg_0", "msg_1"], hasMore: true, status: "ready" });
    expect(store.messages.get("msg_1")?.body).toBe("text 1");
  });

  it("announces a message once", () => {
    const store = loaded();
    const heard = vi.fn();
    store.addEventListener("message-arrived", heard);
    store.receive(created(message(1)));
    store.receive(created(message(1)));
    expect(heard).toHaveBeenCalledTimes(1);
  });
});

describe("receive", () => {
  it("takes each number once and in order", () => {
    const store = loaded(created(message(1)));
    expect(store.receive(created(message(1)))).toBe("duplicate");
    expect(store.receive(created(message(3)))).toBe("hole");
    expect(store.messages.has("msg_3")).toBe(false);
    expect(store.receive(created(message(2)))).toBe("applied");
    expect(store.receive(created(message(4, { conversation_id: "cnv_other" })))).toBe("unknown");
  });

  it("follows a conversation that was joined elsewhere, and forgets one that was left", () => {
    const store = loaded();
    const joined = conversation({ conversation_id: "cnv_2", kind: "channel", name: "launch", with: null, last_seq: 7 });
    store.receive({ c: "me", seq: 1, type: "conversation.joined", data: joined });
    expect(store.receive(created(message(8, { conversation_id: "cnv_2" })))).toBe("applied");
    store.receive({ c: "me", seq: 2, type: "conversation.left", data: { conversation_id: "cnv_2" } });
    expect(store.conversations.has("cnv_2")).toBe(false);
    expect(store.receive(created(message(9, { conversation_id: "cnv_2" })))).toBe("unknown");
  });
});

describe("load", () => {
  it("does not go back behind events that were applied while it was on its way", () => {
    const store = loaded(created(message(1)));
    store.load(start());
    expect(store.conversations.get("cnv_1")).toMatchObject({ last_seq: 1, unread: 1 });
    expect(store.cursors.get("cnv_1")).toBe(1);
  });
});

describe("presence", () => {
  it("takes a complete list for complete: whoever it does not name has gone", () => {
    const store = loaded();
    const everybody = [...store.people.keys()];
    store.applyPresence(everybody.map((sub) => ({ sub, presence: "active" as const, in_meeting_until: null })));
    const [first, ...others] = everybody;
    store.applyPresence([{ sub: first!, presence: "active", in_meeting_until: null }], true);
    expect(store.people.get(first!)!.presence).toBe("active");
    expect(others.length).toBeGreaterThan(0);
    for (const sub of others) expect(store.people.get(sub)!.presence).toBe("offline");
  });
});
