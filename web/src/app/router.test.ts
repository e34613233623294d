/** Addresses and links. */
import { describe, expect, it } from "vitest";
import { Router, ownLink, parseRoute, safeNext, signInPath } from "./router.ts";

describe("parseRoute", () => {
  it.each([
    ["/", { name: "home" }],
    ["/c/cnv_1", { name: "conversation", conversationId: "cnv_1", messageId: null }],
    ["/c/cnv_1/", { name: "conversation", conversationId: "cnv_1", messageId: null }],
    ["/c/cnv_1/m/msg_2", { name: "conversation", conversationId: "cnv_1", messageId: "msg_2" }],
    ["/bookings/bkg_1", { name: "booking", bookingId: "bkg_1", action: null }],
    ["/bookings/bkg_1?do=reschedule", { name: "booking", bookingId: "bkg_1", action: "reschedule" }],
    ["/bookings/bkg_1?do=cancel", { name: "booking", bookingId: "bkg_1", action: "cancel" }],
    ["/bookings/bkg_1?do=delete", { name: "booking", bookingId: "bkg_1", action: null }],
    ["/settings", { name: "settings", page: "profile" }],
    ["/settings/webhooks", { name: "settings", page: "webhooks" }],
    ["/signin", { name: "signin", next: "/" }],
    ["/signin?next=%2Fc%2Fcnv_1", { name: "signin", next: "/c/cnv_1" }],
    ["/invite/a%2Bb", { name: "invite", token: "a+b" }],
  ])("reads %s", (address, route) => {
    expect(parseRoute(address)).toEqual(route);
  });

  it.each(["/nowhere", "/c", "/c/cnv_1/x/y", "/c/cnv_1/m", "/bookings", "/settings/none", "/c/%E0%A4%A", "/a/b/c/d/e"])(
    "does not know %s",
    (address) => {
      expect(parseRoute(address).name).toBe("not-found");
    },
  );
});

describe("safeNext", () => {
  it("never leaves the origin and never loops", () => {
    expect(safeNext("https://elsewhere.example/")).toBe("/");
    expect(safeNext("//elsewhere.example/x")).toBe("/");
    expect(safeNext("/\\elsewhere.example")).toBe("/");
    expect(safeNext("/signin?next=/")).toBe("/");
    expect(safeNext("/bookings/bkg_1?do=cancel")).toBe("/bookings/bkg_1?do=cancel");
  });

  it("survives the way through the sign-in address", () => {
    const route = parseRoute(signInPath("/bookings/bkg_1?do=cancel"));
    expect(route).toEqual({ name: "signin", next: "/bookings/bkg_1?do=cancel" });
  });
});

describe("safeNext and the server's pages", () => {
  it.each([
    "//evil.example/oauth/authorize",
    "/x/..//evil.example/oauth/authorize",
    "/./\\evil.example/oauth/authorize",
    "/\\evil.example/oauth/authorize",
    "https://evil.example/oauth/authorize",
    "javascript:alert(1)//oauth/",
    "/\t/evil.example/oauth/authorize",
    "oauth/authorize",
  ])("never leads to another site: %s", (next) => {
    const path = safeNext(next);
    expect(new URL(path, "https://convene.example").origin).toBe("https://convene.example");
    expect(path.startsWith("//")).toBe(false);
  });

  it("loads a page of the server instead of showing it as a screen", () => {
    const loaded: string[] = [];
    const location = { pathname: "/signin", search: "", replace: (path: string) => loaded.push(path) };
    const history = { replaceState: () => expect.unreachable(), pushState: () => expect.unreachable() };
    const router = new Router({ location, history } as unknown as Window);
    router.go(safeNext("/oauth/authorize?client_id=app_1&scope=a%20b"), { replace: true });
    expect(loaded).toEqual(["/oauth/authorize?client_id=app_1&scope=a%20b"]);
  });
});

describe("ownLink", () => {
  const origin = "https://convene.example";
  const click = (href: string, over: object = {}, attributes: string[] = []): MouseEvent => {
    const link = { tagName: "A", href, target: "", hasAttribute: (name: string) => attributes.includes(name) };
    return {
      defaultPrevented: false,
      button: 0,
      metaKey: false,
      ctrlKey: false,
      shiftKey: false,
      altKey: false,
      composedPath: () => [{ tagName: "SPAN" }, link],
      ...over,
    } as unknown as MouseEvent;
  };

  it("takes plain clicks on our pages", () => {
    expect(ownLink(click(`${origin}/bookings/bkg_1?do=cancel`), origin)).toBe("/bookings/bkg_1?do=cancel");
  });

  it("leaves the rest to the browser", () => {
    expect(ownLink(click("https://meet.example/x"), origin)).toBeNull();
    expect(ownLink(click(`${origin}/api/bookings/bkg_1/calendar.ics`), origin)).toBeNull();
    expect(ownLink(click(`${origin}/book/ana`), origin)).toBeNull();
    expect(ownLink(click(`${origin}/`, { ctrlKey: true }), origin)).toBeNull();
    expect(ownLink(click(`${origin}/`, { button: 1 }), origin)).toBeNull();
    expect(ownLink(click(`${origin}/`, {}, ["download"]), origin)).toBeNull();
    expect(ownLink(click(`${origin}/#main`), origin)).toBeNull();
  });
});
