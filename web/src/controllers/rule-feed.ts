/**
 * One availability rule of `/v1` for `<convene-availability-editor>`: read and written with an element token.
 *
 * Rules there have a zone, weekly hours and calendars. The editor keeps the other fields of our own rules away then; the
 * calendars are carried along untouched.
 */
import { ApiError } from "../internal/api-client.ts";
import type { AvailabilityRules, Weekday } from "../internal/types.ts";
import { V1Client } from "../internal/v1-client.ts";

interface V1Rule {
  availability_rule_id: string;
  tzid: string;
  calendar_ids?: string[] | null;
  weekly_periods: { day: Weekday; start_time: string; end_time: string }[];
}

const WORKDAYS: readonly Weekday[] = ["monday", "tuesday", "wednesday", "thursday", "friday"];

export class RuleFeed {
  #client: V1Client;
  #id: string;
  #calendarIds: string[] | null = null;

  constructor(client: V1Client, id: string) {
    this.#client = client;
    this.#id = id;
  }

  /** The rule; working days from nine to five in `tzid` where none was saved yet. */
  async read(tzid: string): Promise<AvailabilityRules> {
    try {
      const answer = await this.#client.get<{ availability_rule: V1Rule }>(`/availability_rules/${encodeURIComponent(this.#id)}`);
      return this.#taken(answer.availability_rule);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404) throw error;
      return rulesOf(tzid, WORKDAYS.map((day) => ({ day, start_time: "09:00", end_time: "17:00" })));
    }
  }

  /** Saves zone and weekly hours and returns what the server keeps. */
  async write(rules: AvailabilityRules): Promise<AvailabilityRules> {
    const body = {
      availability_rule_id: this.#id,
      tzid: rules.tzid,
      weekly_periods: rules.weekly_periods,
      ...(this.#calendarIds?.length ? { calendar_ids: this.#calendarIds } : {}),
    };
    // The same rule twice is the same rule.
    const answer = await this.#client.post<{ availability_rule: V1Rule }>("/availability_rules", body, { mayRepeat: true });
    return this.#taken(answer.availability_rule);
  }

  #taken(rule: V1Rule): AvailabilityRules {
    this.#calendarIds = rule.calendar_ids ?? null;
    return rulesOf(rule.tzid, rule.weekly_periods);
  }
}

/** A feed for an element that was given an address and a token. */
export function connectedRule(baseUrl: string, elementToken: string, id: string): RuleFeed {
  return new RuleFeed(new V1Client({ baseUrl, elementToken, element: "AvailabilityRules" }), id || "default");
}

function rulesOf(tzid: string, weekly: V1Rule["weekly_periods"]): AvailabilityRules {
  return {
    tzid,
    weekly_periods: weekly,
    date_overrides: [],
    buffer_before_minutes: 0,
    buffer_after_minutes: 0,
    minimum_notice_minutes: 0,
    horizon_days: 60,
    start_interval_minutes: 30,
    daily_limit: null,
    revision: 0,
  };
}
