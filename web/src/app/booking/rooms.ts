/** Rooms for a meeting: reading which are free, and which to propose first. */
import type { ApiClient } from "../../internal/api-client.ts";
import type { Room } from "../platform.ts";

/** When a room is wanted; null while no time is chosen. */
export interface RoomTime {
  /** RFC 3339 UTC. */
  start: string;
  durationMinutes: number;
}

export type ReadRooms = (time: RoomTime | null) => Promise<readonly Room[]>;

/** Reads rooms at `path`: the platform's list, or Connect's way to it. */
export function roomsAt(path: "/api/resources" | "/connect/api/resources", client: ApiClient): ReadRooms {
  return async (time) => {
    const query = time ? { start: time.start, duration_minutes: time.durationMinutes } : {};
    return (await client.get<{ resources: Room[] }>(path, { query })).resources;
  };
}

export interface RoomGroups {
  /** Free, and with a seat for everybody; the smallest first, so that large rooms stay for large meetings. */
  fitting: readonly Room[];
  /** Free, with fewer seats than people or nobody knows how many. */
  others: readonly Room[];
  taken: readonly Room[];
}

/** `is_free` left out counts as free: then no time has been chosen yet. */
export function groupRooms(rooms: readonly Room[], people: number): RoomGroups {
  const free = rooms.filter((room) => room.is_free !== false);
  const fits = (room: Room): boolean => (room.seats ?? 0) >= people;
  return {
    fitting: free.filter(fits).sort((a, b) => (a.seats ?? 0) - (b.seats ?? 0) || a.name.localeCompare(b.name)),
    others: free.filter((room) => !fits(room)),
    taken: rooms.filter((room) => room.is_free === false),
  };
}

/** "Fountain room, 8 seats, 2nd floor, screen". */
export function roomLabel(room: Room): string {
  return [room.name, seatsOf(room), room.place, ...room.equipment].filter(Boolean).join(", ");
}

export function seatsOf({ seats }: Room): string {
  return seats === null ? "" : seats === 1 ? "1 seat" : `${seats} seats`;
}
