/**
 * Where the window is: the address as a value, and moving between addresses without loading the page again.
 *
 * `parseRoute` is pure; `Router` follows the browser's history and turns clicks on our own links into moves. Addresses
 * that belong to the server (`/oauth/…`, `/book/…`) are left to the browser.
 */

export const SETTINGS_PAGES = [
  "profile",
  "availability",
  "booking-pages",
  "calendars",
  "conflicts",
  "authorizations",
  "security",
  "members",
  "rooms",
  "applications",
  "keys",
  "webhooks",
  "calendar-health",
  "audit",
] as const;
export type SettingsPage = (typeof SETTINGS_PAGES)[number];

export type Route =
  | { name: "home" }
  | { name: "conversation"; conversationId: string; messageId: string | null }
  | { name: "booking"; bookingId: string; action: "reschedule" | "cancel" | null }
  | { name: "settings"; page: SettingsPage }
  | { name: "signin"; next: string }
  | { name: "invite"; token: string }
  | { name: "not-found"; path: string };

const SERVER_PATHS = /^\/(api|v1|oauth|enterprise_connect|connect|book|healthz|readyz|metrics|openapi\.json|assets|docs)(\/|$)/;

/** The route of an address (path and query, on our own origin). Unknown addresses are `not-found`, never an error. */
export function parseRoute(address: string): Route {
  const url = new URL(address, "http://origin.invalid");
  const notFound: Route = { name: "not-found", path: url.pathname };
  const parts = url.pathname.split("/").filter(Boolean).map(decoded);
  if (parts.some((part) => part === null)) return notFound;
  const [first, second, third, fourth, ...rest] = parts as string[];
  if (rest.length > 0) return notFound;
  if (first === undefined) return { name: "home" };
  if (first === "signin" && second === undefined) return { name: "signin", next: safeNext(url.searchParams.get("next")) };
  if (second === undefined) return first === "settings" ? { name: "settings", page: "profile" } : notFound;
  if (first === "c") {
    if (third === undefined) return { name: "conversation", conversationId: second, messageId: null };
    if (third === "m" && fourth !== undefined) return { name: "conversation", conversationId: second, messageId: fourth };
    return notFound;
  }
  if (third !== undefined) return notFound;
  if (first === "bookings") return { name: "booking", bookingId: second, action: bookingAction(url) };
  if (first === "invite") return { name: "invite", token: second };
  if (first === "settings") {
    const page = SETTINGS_PAGES.find((known) => known === second);
    return page === undefined ? notFound : { name: "settings", page };
  }
  return notFound;
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

function bookingAction(url: URL): "reschedule" | "cancel" | null {
  const action = url.searchParams.get("do");
  return action === "reschedule" || action === "cancel" ? action : null;
}

/** A place to go after signing in: only a path of this origin, never another site. */
export function safeNext(next: string | null): string {
  if (next === null || !next.startsWith("/") || next.includes("\\")) return "/";
  const url = new URL(next, "http://origin.invalid");
  // `/x/..//evil.example` is a path of ours only until it is read once more.
  if (url.host !== "origin.invalid" || url.pathname.startsWith("//") || url.pathname.startsWith("/signin")) return "/";
  return url.pathname + url.search + url.hash;
}

const pathOf = (address: string): string => new URL(address, "http://origin.invalid").pathname;

export const conversationPath = (conversationId: string): string => `/c/${encodeURIComponent(conversationId)}`;
export const bookingPath = (bookingId: string): string => `/bookings/${encodeURIComponent(bookingId)}`;
export const settingsPath = (page: SettingsPage): string => `/settings/${page}`;
export const signInPath = (next: string): string =>
  next === "/" ? "/signin" : `/signin?next=${encodeURIComponent(next)}`;

/** Follows the address bar. Emits `change` after each move; `route` is where we are now. */
export class Router extends EventTarget {
  route: Route;
  readonly #window: Window;

  constructor(win: Window = window) {
    super();
    this.#window = win;
    this.route = parseRoute(this.address);
  }

  /** Path and query of the place we are at. */
  get address(): string {
    return this.#window.location.pathname + this.#window.location.search;
  }

  start(): void {
    this.#window.addEventListener("popstate", this.#moved);
    this.#window.document.addEventListener("click", this.#clicked);
  }

  stop(): void {
    this.#window.removeEventListener("popstate", this.#moved);
    this.#window.document.removeEventListener("click", this.#clicked);
  }

  go(path: string, options: { replace?: boolean } = {}): void {
    if (path === this.address) return;
    // Such as the page that asks whether an application may come in, to which people return from signing in.
    if (SERVER_PATHS.test(pathOf(path))) return void this.#window.location.replace(path);
    if (options.replace) this.#window.history.replaceState(null, "", path);
    else this.#window.history.pushState(null, "", path);
    this.#moved();
  }

  readonly #moved = (): void => {
    this.route = parseRoute(this.address);
    this.dispatchEvent(new Event("change"));
  };

  readonly #clicked = (event: MouseEvent): void => {
    const path = ownLink(event, this.#window.location.origin);
    if (path === null) return;
    event.preventDefault();
    this.go(path);
  };
}

/** The path that a plain click on one of our own links leads to, or null when the browser should follow it. */
export function ownLink(event: MouseEvent, origin: string): string | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.composedPath().find((node): node is HTMLAnchorElement => (node as Element).tagName === "A");
  if (link === undefined || !link.href || link.hasAttribute("download")) return null;
  if (link.target !== "" && link.target !== "_self") return null;
  const url = new URL(link.href);
  if (url.origin !== origin || url.hash !== "" || SERVER_PATHS.test(url.pathname)) return null;
  return url.pathname + url.search;
}
