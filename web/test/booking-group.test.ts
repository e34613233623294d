/** A meeting of which some people are enough: what is asked, who is booked, what stands in the way. */
import { afterEach, expect, test } from "vitest";
import { BookingSession } from "../src/controllers/booking-session.ts";
import { ApiError } from "../src/internal/api-client.ts";
import type { Group, Person } from "../src/internal/people.ts";
import { NOW, Service, ana, details, me, slot } from "./scheduling-service.ts";

let session: BookingSession;
let service: Service;

function start({ participants = [ana], group }: { participants?: Person[]; group: Group }): BookingSession {
  service = new Service();
  return new BookingSession({ api: service, me, participants, group, durationMinutes: 30, now: () => NOW });
}

afterEach(() => session.close());

test("of a group those who can come are booked with whoever must", async () => {
  const cas = { sub: "acc_cas", name: "Cas Mora", tzid: "Europe/Lisbon" };
  const dee = { sub: "acc_dee", name: "Dee Fox", tzid: "Europe/Lisbon" };
  const at = { ...slot("2026-11-24T10:00:00Z"), quorum: { free: 1, missing: ["acc_cas"] } };
  session = start({ group: { people: [cas, dee], needed: 1 } });
  service.free.push(at);
  await session.open();
  expect(service.queries[0]).toMatchObject({ participants: ["acc_ana"], quorumOf: ["acc_cas", "acc_dee"], quorum: 1 });
  // As the suggestions have it, without a count.
  session.select(slot("2026-11-24T10:00:00Z"));
  expect(session.joining).toEqual([dee]);
  await session.save(details);
  expect(service.books[0]?.participants).toEqual(["acc_ana", "acc_dee"]);
});

test("somebody of a group who is not known about keeps nobody from meeting", async () => {
  session = start({ participants: [], group: { people: [ana], needed: 1 } });
  service.people = { state: "unknown" };
  await session.open();
  expect(session.knowledge).toEqual({ kind: "ok" });
  await session.availabilityChanged(["acc_ana"]);
  expect(service.queries).toHaveLength(2);
});

test("a taken time of a group offers what is known to be enough", async () => {
  session = start({ group: { people: [{ sub: "acc_cas", name: "Cas Mora", tzid: "UTC" }], needed: 1 } });
  const alternatives = [slot("2026-11-24T16:00:00Z")];
  service.bookFailures.push(new ApiError(409, { code: "slot_taken", detail: "Taken.", alternatives }));
  await session.open();
  session.select(slot("2026-11-24T14:30:00Z"));
  await session.save(details);
  expect(session.trouble).toMatchObject({ kind: "taken" });
  expect(session.trouble?.kind === "taken" && session.trouble.alternatives.map(({ start }) => start)).not.toContain("2026-11-24T16:00:00Z");
});
