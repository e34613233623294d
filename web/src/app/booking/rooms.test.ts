import { expect, test } from "vitest";
import type { ApiClient } from "../../internal/api-client.ts";
import type { Room } from "../platform.ts";
import { groupRooms, roomLabel, roomsAt } from "./rooms.ts";

const room = (name: string, seats: number | null, is_free?: boolean): Room => ({
  sub: `res_${name}`,
  name,
  email: "",
  tzid: "UTC",
  seats,
  place: "",
  equipment: [],
  ...(is_free === undefined ? {} : { is_free }),
});
const names = (rooms: readonly Room[]): string[] => rooms.map(({ name }) => name);

test("the smallest room that fits comes first; unknown sizes and taken rooms are told apart", () => {
  const groups = groupRooms([room("Hall", 40, true), room("Den", 2, true), room("Fountain", 4, true), room("Yard", null, true), room("Well", 4, false)], 3);
  expect(names(groups.fitting)).toEqual(["Fountain", "Hall"]);
  expect(names(groups.others)).toEqual(["Den", "Yard"]);
  expect(names(groups.taken)).toEqual(["Well"]);
});

test("before a time is chosen no room is taken", () => {
  expect(names(groupRooms([room("Den", 2)], 2).fitting)).toEqual(["Den"]);
});

test("a room is described by what is known of it", () => {
  expect(roomLabel({ ...room("Fountain", 8), place: "2nd floor", equipment: ["screen"] })).toBe("Fountain, 8 seats, 2nd floor, screen");
  expect(roomLabel(room("Yard", null))).toBe("Yard");
  expect(roomLabel(room("Booth", 1))).toBe("Booth, 1 seat");
});

test("rooms are asked for with the time, if there is one", async () => {
  const asked: unknown[] = [];
  const client = { get: async (...given: unknown[]) => (asked.push(given), { resources: [] }) } as unknown as ApiClient;
  const read = roomsAt("/connect/api/resources", client);
  await read(null);
  await read({ start: "2026-11-24T15:00:00Z", durationMinutes: 45 });
  expect(asked).toEqual([
    ["/connect/api/resources", { query: {} }],
    ["/connect/api/resources", { query: { start: "2026-11-24T15:00:00Z", duration_minutes: 45 } }],
  ]);
});
