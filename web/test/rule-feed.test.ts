/** The rule of `/v1` that the hours editor reads and writes. */
import { expect, test } from "vitest";
import { RuleFeed } from "../src/controllers/rule-feed.ts";
import { V1Client } from "../src/internal/v1-client.ts";

const saved = {
  availability_rule_id: "work hours",
  tzid: "America/Chicago",
  calendar_ids: ["cal_1"],
  weekly_periods: [{ day: "monday", start_time: "09:30", end_time: "12:30" }],
};

function feedOver(answer: (method: string) => Response): { feed: RuleFeed; sent: { method: string; path: string; body: unknown }[] } {
  const sent: { method: string; path: string; body: unknown }[] = [];
  const client = new V1Client({
    baseUrl: "",
    elementToken: "ele_1",
    element: "AvailabilityRules",
    fetch: async (url, init) => {
      const body: unknown = init?.body ? JSON.parse(String(init.body)) : null;
      sent.push({ method: String(init?.method), path: String(url).split("?")[0]!, body });
      return answer(String(init?.method));
    },
  });
  return { feed: new RuleFeed(client, "work hours"), sent };
}

test("a saved rule is read, and written back with its calendars", async () => {
  const { feed, sent } = feedOver(() => Response.json({ availability_rule: saved }));
  const rules = await feed.read("Europe/London");
  expect(rules).toMatchObject({ tzid: "America/Chicago", weekly_periods: saved.weekly_periods });
  await feed.write({ ...rules, tzid: "Europe/Paris" });
  expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "GET /v1/availability_rules/work%20hours",
    "POST /v1/availability_rules",
  ]);
  expect(sent[1]!.body).toEqual({ ...saved, tzid: "Europe/Paris" });
});

test("a rule that was never saved begins with working days in the reader's zone", async () => {
  const { feed } = feedOver(() => Response.json({ error: "not_found", error_description: "No." }, { status: 404 }));
  const rules = await feed.read("Europe/London");
  expect(rules.tzid).toBe("Europe/London");
  expect(rules.weekly_periods.map(({ day }) => day)).toEqual(["monday", "tuesday", "wednesday", "thursday", "friday"]);
});

test("other failures are failures", async () => {
  const { feed } = feedOver(() => Response.json({ error: "forbidden", error_description: "No." }, { status: 403 }));
  await expect(feed.read("Europe/London")).rejects.toMatchObject({ status: 403 });
});
