import { describe, expect, it } from "vitest";
import { ACCESS, arrivalOf, readsOf, SIGN_IN_SERVICES } from "./sign-in-services.ts";

describe("what is read with the least access", () => {
  it("says so where a service gives more than times", () => {
    expect(readsOf(SIGN_IN_SERVICES.google, "busy")).toContain("does not ask for them");
    expect(readsOf(SIGN_IN_SERVICES.microsoft, "busy")).toContain("Convene drops them");
    expect(readsOf(SIGN_IN_SERVICES.microsoft, "read")).toBe(ACCESS.read.reads);
  });
});

describe("who comes back from Microsoft", () => {
  it("is told that it worked", () => {
    const arrival = arrivalOf("?service=microsoft&connected=pro_1&asked=two_way&granted=two_way");
    expect(arrival?.heading).toBe("Your Microsoft calendar is connected.");
  });

  it("is told that an organisation may not allow it", () => {
    expect(arrivalOf("?service=microsoft&problem=unticked")?.text).toContain("organisation");
    expect(arrivalOf("?service=microsoft&asked=two_way&granted=read")?.text).toBe(
      "Microsoft did not grant all of it, perhaps because your organisation does not allow it. What works is: reads events. " +
        "“Change access” asks once more.",
    );
  });
});

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
    expect(arrivalOf("?service=google&problem=denied")).toEqual({
      isWell: false,
      heading: "Google Calendar is not connected.",
      text: "Nothing was connected: the consent was not given.",
    });
  });

  it.each(["constructor", "Call+this+number"])("is told nothing that somebody wrote into the address: %s", (problem) => {
    const text = arrivalOf(`?service=google&problem=${problem}&detail=Call+this+number`)?.text;
    expect(text).toBe("Google’s sign-in does not work just now. Try again later.");
  });

  it.each(["", "?service=other&problem=x", "?service=google", "?service=google&asked=all&granted=constructor"])(
    "is told nothing by %o",
    (search) => {
      expect(arrivalOf(search)).toBeNull();
    },
  );
});
