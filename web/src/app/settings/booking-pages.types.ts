/** Booking pages as `/api/booking-pages` gives and takes them. */

export type PageMode = "one_on_one" | "collective" | "round_robin" | "quorum";
export type PageFrequency = "weekly" | "biweekly" | "monthly";
export type QuestionKind = "text" | "long_text" | "choice" | "yes_no";

export interface PageQuestion {
  label: string;
  kind: QuestionKind;
  is_required: boolean;
  choices: string[];
}

export interface PageHost {
  sub: string;
  name: string;
  weight: number;
}

export interface BookingPage {
  page_id: string;
  slug: string;
  url: string;
  name: string;
  description: string;
  tzid: string;
  duration_minutes: number;
  mode: PageMode;
  quorum: number | null;
  hosts: PageHost[];
  owner: { sub: string; name: string };
  questions: PageQuestion[];
  minimum_notice_minutes: number;
  horizon_days: number;
  start_interval_minutes: number;
  max_per_day: number | null;
  requires_confirmation: boolean;
  confirmation_hours: number;
  has_waitlist: boolean;
  waitlist_minutes: number;
  location: string;
  /** The installation's video, an address of one's own, or neither. */
  conferencing: boolean | string;
  accent_color: string;
  /** One elsewhere; a picture that was uploaded takes its place. */
  logo_url: string;
  logo: { url: string; width: number; height: number } | null;
  locale: string;
  redirect_url: string;
  embed_origins: string[];
  /** How many guests share a meeting; null gives each one of their own. */
  seats: number | null;
  shows_seats_left: boolean;
  /** How often a guest may repeat a meeting; null for once. */
  recurrence: { frequency: PageFrequency; max_count: number } | null;
  is_active: boolean;
  may_manage: boolean;
  is_host: boolean;
  /** How many are in the waitlists of its times to come. */
  waiting: number;
  /** Since when the reader is a host, and who has made them one if they did not themselves; null for others. */
  hosting_since: { at: string; added_by: { sub: string; name: string } | null } | null;
}

export interface PageStatistics {
  days: number;
  views: number;
  bookings: number;
  /** Bookings for each visit; null while nobody came. */
  conversion: number | null;
  cancellations: number;
  no_times_seen: number;
  by_day: { day: string; views: number; bookings: number; cancellations: number; no_times_seen: number }[];
}

export const MODES: readonly { mode: PageMode; label: string; text: string }[] = [
  { mode: "one_on_one", label: "One person", text: "The guest meets one host." },
  { mode: "round_robin", label: "Taking turns", text: "Each meeting goes to one of the hosts who are free, shared out fairly." },
  { mode: "collective", label: "Everybody", text: "The guest meets all hosts together." },
  { mode: "quorum", label: "Enough of them", text: "The guest meets some of the hosts; you say how many." },
];

export const pagePath = (page: Pick<BookingPage, "page_id">): string => `/api/booking-pages/${encodeURIComponent(page.page_id)}`;

/** "30 min · Taking turns". */
export function summary(page: BookingPage): string {
  const mode = MODES.find((known) => known.mode === page.mode)?.label ?? page.mode;
  return [`${page.duration_minutes} min`, mode, ...(page.seats === null ? [] : [page.seats === 1 ? "1 seat" : `${page.seats} seats`])].join(" · ");
}
