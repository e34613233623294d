import { describe, expect, test } from "vitest";
import { CALDAV_SERVICES, caldavService } from "./caldav-services.ts";

describe("services by name", () => {
  test("each is found by its value, and what is none is any server", () => {
    for (const service of CALDAV_SERVICES) expect(caldavService(service.value)).toBe(service);
    expect(caldavService("nothing").value).toBe("any");
  });

  test("addresses are those of servers, over TLS", () => {
    for (const { url } of CALDAV_SERVICES) expect(url === "" || /^https:\/\/[a-z.]+\/$/u.test(url)).toBe(true);
  });
});
