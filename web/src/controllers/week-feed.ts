/**
 * Loads one week at a time with everybody's busy time, for the week overlay. Slots and busy time come from one answer,
 * so what is drawn as free is what can be booked. An answer that is overtaken by a newer question changes nothing.
 */
import { type ApiError, toApiError } from "../internal/api-client.ts";
import type { Invited } from "../internal/people.ts";
import type { SchedulingApi } from "../internal/scheduling-api.ts";
import { type DayKey, addDays, startOfDay, toUtc } from "../internal/time.ts";
import type { Availability } from "../internal/types.ts";

export interface WeekQuestion extends Invited {
  tzid: string;
  durationMinutes: number;
  excludedBooking?: string | undefined;
}

export class WeekFeed {
  days: readonly DayKey[] = [];
  answer: Availability | null = null;
  error: ApiError | null = null;
  isLoading = false;
  #api: SchedulingApi;
  #question: WeekQuestion;
  #changed: () => void;
  #abort: AbortController | null = null;

  /** `changed` is called after every change; never after `stop`. */
  constructor(api: SchedulingApi, question: WeekQuestion, changed: () => void) {
    this.#api = api;
    this.#question = question;
    this.#changed = changed;
  }

  /** Shows another week: empty until its answer is here. */
  async show(days: readonly DayKey[]): Promise<void> {
    this.days = days;
    this.answer = null;
    await this.reload();
  }

  /** Asks again; what is shown stays until the answer is here, and stays for good if none comes. */
  async reload(): Promise<void> {
    const first = this.days[0];
    const last = this.days.at(-1);
    if (!first || !last) return;
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    this.isLoading = true;
    this.error = null;
    this.#changed();
    const { tzid, durationMinutes, excludedBooking, ...invited } = this.#question;
    try {
      const answer = await this.#api.availability({
        ...invited,
        from: toUtc(startOfDay(first, tzid)),
        to: toUtc(startOfDay(addDays(last, 1), tzid)),
        durationMinutes,
        includeBusy: true,
        signal: abort.signal,
        ...(excludedBooking ? { excludedBooking } : {}),
      });
      if (abort.signal.aborted) return;
      this.answer = answer;
    } catch (caught) {
      if (abort.signal.aborted) return;
      this.error = toApiError(caught);
    }
    this.isLoading = false;
    this.#changed();
  }

  stop(): void {
    this.#abort?.abort();
  }
}
