import { describe, expect, it } from "vitest";
import { arrivalOf } from "./google-calendar.ts";

describe("who comes back from Google", () => {
  it("is told that it worked", () => {
    const arrival = arrivalOf("?service=google&connected=pro_1&asked=read&granted=read");
    expect(arrival).toEqual({ isWell: true, heading: "Google Calendar is connected.", text: "What you granted: reads events." });
  });

  it("is told what was not ticked", () => {
    const arrival = arrivalOf("?service=google&connected=pro_1&asked=two_way&granted=busy");
    expect(arrival?.isWell).toBe(false);
    expect(arrival?.text).toContain("busy times only");
  });

  it("is told why not", () => {
    expect(arrivalOf("?service=google&problem=denied&detail=No+consent.")).toEqual({
      isWell: false,
      heading: "Google Calendar is not connected.",
      text: "No consent.",
    });
  });

  it.each(["", "?service=other&problem=x", "?service=google", "?service=google&asked=all&granted=constructor"])(
    "is told nothing by %o",
    (search) => {
      expect(arrivalOf(search)).toBeNull();
    },
  );
});
