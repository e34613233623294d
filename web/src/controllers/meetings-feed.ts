/** Meetings as Cards from `/api/bookings`, for elements that are given an address instead of data. */
import { clientAt } from "../internal/scheduling-api.ts";
import { type Booking, type Card, cardFromBooking } from "../internal/types.ts";

/** The reader's next meetings. */
export async function upcomingAt(baseUrl: string, token: string): Promise<Card[]> {
  const { bookings } = await clientAt(baseUrl, token).get<{ bookings: Booking[] }>("/api/bookings", { query: { limit: 20 } });
  return bookings.map(cardFromBooking);
}

/** One meeting. */
export async function cardAt(baseUrl: string, token: string, bookingId: string): Promise<Card> {
  return cardFromBooking(await clientAt(baseUrl, token).get<Booking>(`/api/bookings/${encodeURIComponent(bookingId)}`));
}
