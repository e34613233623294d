/** What the slot picker asks by itself, and when. */
import { expect, test } from "vitest";
import { SlotFeed, type SlotQuery } from "../src/controllers/slot-feed.ts";
import { V1Client } from "../src/internal/v1-client.ts";

const NOW = Date.parse("2026-11-20T15:20:00Z");
const asked: SlotQuery = {
  participants: [{ members: [{ sub: "acc_ana" }], required: "all" }],
  required_duration: { minutes: 30 },
};

type Body = SlotQuery & { max_results: number };

function feedOver(answer: (body: Body) => Response, query = asked, tzid = "Europe/London"): { feed: SlotFeed; bodies: Body[] } {
  const bodies: Body[] = [];
  const client = new V1Client({
    baseUrl: "https://convene.example.com",
    elementToken: "ele_1",
    element: "SlotPicker",
    fetch: async (_url, init) => {
      const body = JSON.parse(String(init?.body)) as Body;
      bodies.push(body);
      return answer(body);
    },
  });
  return { feed: new SlotFeed(client, query, tzid, NOW), bodies };
}

const slotAt = (start: string) => ({ start, end: start.replace(":00:00", ":30:00"), participants: [{ sub: "acc_ana" }] });
const answerOf = (...starts: string[]) => Response.json({ available_slots: starts.map(slotAt) });

test("without periods it asks for two weeks from the viewer's midnight", async () => {
  const { feed, bodies } = feedOver(() => answerOf("2026-11-23T10:00:00Z"), asked, "America/New_York");
  await feed.load();
  expect(bodies).toHaveLength(1);
  expect(bodies[0]).toMatchObject({
    ...asked,
    response_format: "slots",
    max_results: 512,
    query_periods: [{ start: "2026-11-20T05:00:00Z", end: "2026-12-04T05:00:00Z" }],
  });
  expect(feed.slots).toEqual([{ start: "2026-11-23T10:00:00Z", end: "2026-11-23T10:30:00Z" }]);
  expect(feed.days).toHaveLength(14);
  expect(feed.loadedTo).toBe("2026-12-04");
});

test("it loads on from where it stands, and no day twice", async () => {
  const { feed, bodies } = feedOver((body) => answerOf(body.query_periods![0]!.start));
  await feed.load();
  await feed.ensure("2026-11-30");
  expect(bodies).toHaveLength(1);
  await feed.ensure("2026-12-04");
  expect(bodies[1]!.query_periods).toEqual([{ start: "2026-12-04T00:00:00Z", end: "2027-01-01T00:00:00Z" }]);
  expect(feed.slots.map((slot) => slot.start)).toEqual(["2026-11-20T00:00:00Z", "2026-12-04T00:00:00Z"]);
});

test("a day far ahead is reached in steps that the server allows", async () => {
  const { feed, bodies } = feedOver(() => answerOf());
  await feed.load();
  await feed.ensure("2027-02-15");
  const spans = bodies.map(({ query_periods }) => (Date.parse(query_periods![0]!.end) - Date.parse(query_periods![0]!.start)) / 86_400_000);
  expect(Math.max(...spans)).toBeLessThanOrEqual(28);
  expect(feed.loadedTo > "2027-02-15").toBe(true);
});

test("a full answer counts only up to its last day, which is asked for again", async () => {
  const half = Array.from({ length: 512 }, (_, index) => new Date(Date.parse("2026-11-20T00:00:00Z") + index * 1_800_000).toISOString().replace(".000", ""));
  const { feed, bodies } = feedOver((body) => (body.query_periods![0]!.start.startsWith("2026-11-20") ? answerOf(...half) : answerOf()));
  await feed.load();
  expect(bodies[1]!.query_periods![0]!.start).toBe("2026-11-30T00:00:00Z");
  expect(feed.slots.every((slot) => slot.start < "2026-11-30")).toBe(true);
  expect(feed.slots).toHaveLength(480);
});

test("a query with periods of its own is asked as it is, once", async () => {
  const query: SlotQuery = { ...asked, query_periods: [{ start: "2026-12-01T09:00:00Z", end: "2026-12-02T17:00:00Z" }], max_results: 5 };
  const { feed, bodies } = feedOver(() => answerOf("2026-12-01T10:00:00Z"), query);
  await feed.load();
  await feed.ensure("2027-01-01");
  expect(bodies).toEqual([{ ...query, response_format: "slots" }]);
  expect(feed.isFixed).toBe(true);
  expect(feed.days).toContain("2026-12-01");
});

test("a failure is kept and said; asking again mends it", async () => {
  let fails = true;
  const { feed } = feedOver(() => (fails ? Response.json({ error: "invalid_token", error_description: "Over." }, { status: 401 }) : answerOf()));
  const states: (string | null)[] = [];
  feed.addEventListener("change", () => states.push(feed.error?.code ?? (feed.isLoading ? "loading" : null)));
  await feed.load();
  expect(feed.error).toMatchObject({ status: 401, detail: "Over." });
  expect(states).toEqual(["loading", "invalid_token"]);
  fails = false;
  await feed.load();
  expect(feed.error).toBeNull();
  expect(feed.days).toHaveLength(14);
});

test("closed, it says nothing any more", async () => {
  const { feed } = feedOver(() => answerOf("2026-11-23T10:00:00Z"));
  let changes = 0;
  feed.addEventListener("change", () => changes++);
  const loading = feed.load();
  feed.close();
  await loading;
  expect(changes).toBe(1);
});
