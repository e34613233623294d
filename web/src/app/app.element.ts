/**
 * `<convene-app>`: the window's root. Knows who is signed in and where we are, and shows that screen.
 *
 * Each screen is a module of its own, fetched when it is first shown; the platform's pages never load Connect.
 */
import { type TemplateResult, css, html, nothing } from "lit";
import { state } from "lit/decorators.js";
import { ApiClient } from "../internal/api-client.ts";
import { ConveneElement } from "../internal/element.ts";
import { button, notice, skeleton } from "../styles/shared.ts";
import { OpenConflicts } from "./conflicts.ts";
import { type Route, Router, safeNext, signInPath } from "./router.ts";
import { Session } from "./session.ts";
import { failure } from "./ui/parts.ts";
import { setTitle } from "./ui/title.ts";

type Screen = "signin" | "invite" | "connect" | "booking" | "settings" | "not-found";

const SCREENS: Record<Screen, () => Promise<unknown>> = {
  signin: () => import("./pages/signin.ts"),
  invite: () => import("./pages/invite.ts"),
  connect: () => import("./connect/window.ts"),
  booking: () => import("./pages/booking.ts"),
  settings: () => import("./settings/settings.ts"),
  "not-found": () => import("./pages/not-found.ts"),
};

const screenOf = (route: Route): Screen =>
  route.name === "home" || route.name === "conversation" ? "connect" : route.name;

export class AppElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(
    button,
    notice,
    skeleton,
    css`
      .skip {
        position: fixed;
        inset-block-start: var(--cv-space-2);
        inset-inline-start: var(--cv-space-2);
        z-index: 100;
        padding: var(--cv-space-2) var(--cv-space-4);
        border-radius: var(--cv-radius);
        background: var(--cv-accent);
        color: var(--cv-on-accent);
      }
      .skip:not(:focus) {
        clip-path: inset(50%);
        block-size: 1px;
        inline-size: 1px;
        padding: 0;
        overflow: hidden;
      }
      #main {
        display: block;
        outline: none;
      }
      .splash {
        display: grid;
        place-items: center;
        min-block-size: 100dvh;
        padding: var(--cv-space-4);
      }
      .splash .notice {
        max-inline-size: 32rem;
      }
      .mark {
        inline-size: 3rem;
        block-size: 3rem;
        border-radius: 0.8rem;
      }
    `,
  );

  readonly #api = new ApiClient({ onUnauthenticated: () => this.#unauthenticated() });
  readonly #session = new Session(this.#api);
  readonly #router = new Router();
  readonly #conflicts = new OpenConflicts(this.#api);
  readonly #ready = new Set<Screen>();
  @state() private broken: unknown = null;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#session.addEventListener("change", this.#sessionChanged);
    this.#router.addEventListener("change", this.#moved);
    this.#router.start();
    // Whoever comes to the sign-in page for the first time is nobody yet; asking would only be refused.
    if (this.#router.route.name === "signin" && !this.#session.mayExist) this.#session.ended();
    else void this.#session.load();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#session.removeEventListener("change", this.#sessionChanged);
    this.#router.removeEventListener("change", this.#moved);
    this.#router.stop();
  }

  /** A 401 may also be about a password that was typed: ask whether the session itself is over. */
  readonly #unauthenticated = (): void => {
    if (this.#session.state !== "signed-in" || this.#isAsking) return;
    this.#isAsking = true;
    void this.#session.load().finally(() => (this.#isAsking = false));
  };
  #isAsking = false;

  readonly #sessionChanged = (): void => {
    const { route } = this.#router;
    const isOpen = route.name === "signin" || route.name === "invite" || route.name === "not-found";
    if (this.#session.state === "signed-out" && !isOpen) {
      this.#router.go(signInPath(this.#session.wasDeliberate ? "/" : this.#router.address), { replace: true });
    }
    if (this.#session.state === "signed-in" && route.name === "signin") {
      this.#router.go(safeNext(route.next), { replace: true });
    }
    this.requestUpdate();
  };

  #shown: Screen | null = null;
  readonly #moved = (): void => {
    const screen = screenOf(this.#router.route);
    this.requestUpdate();
    if (screen === this.#shown) return;
    // Another screen is another page: the focus goes to its beginning, as after a page load.
    void this.updateComplete.then(() => {
      scrollTo(0, 0);
      (this.renderRoot.querySelector("#main") as HTMLElement | null)?.focus();
    });
  };

  #load(screen: Screen): void {
    SCREENS[screen]().then(
      () => {
        this.#ready.add(screen);
        this.broken = null;
        this.requestUpdate();
      },
      (error: unknown) => {
        this.broken = error;
      },
    );
  }

  protected override render() {
    return html`
      <a class="skip" href="#main" @click=${this.#skip}>Skip to the content</a>
      <main id="main" tabindex="-1">${this.#content()}</main>
    `;
  }

  #skip(event: Event): void {
    event.preventDefault();
    (this.renderRoot.querySelector("#main") as HTMLElement | null)?.focus();
  }

  #content(): TemplateResult {
    const { route } = this.#router;
    const open = route.name === "signin" || route.name === "invite" || route.name === "not-found";
    if (this.broken !== null) {
      const reload = (): void => location.reload();
      return this.#splash(failure("This page could not be loaded.", this.broken, reload));
    }
    if (this.#session.state === "error" && !open) {
      return this.#splash(failure("Convene did not answer.", this.#session.error, () => this.#session.retry()));
    }
    if (!open && this.#session.state !== "signed-in") return this.#splash(nothing);
    const screen = screenOf(route);
    if (!this.#ready.has(screen)) {
      this.#load(screen);
      return this.#splash(nothing);
    }
    this.#shown = screen;
    return this.#screen(route);
  }

  #splash(content: unknown): TemplateResult {
    if (content === nothing) setTitle("");
    return html`<div class="splash">
      ${content === nothing
        ? html`<div role="status"><span class="visually-hidden">Loading…</span><span class="skeleton mark pulse">${nothing}</span></div>`
        : content}
    </div>`;
  }

  #screen(route: Route): TemplateResult {
    const api = this.#api;
    const session = this.#session;
    const router = this.#router;
    const conflicts = session.can("bookings:read") ? this.#conflicts : null;
    switch (route.name) {
      case "home":
      case "conversation":
        return html`<connect-window
          .api=${api}
          .session=${session}
          .router=${router}
          .route=${route}
          .conflicts=${conflicts}
        ></connect-window>`;
      case "booking":
        return html`<booking-page
          .api=${api}
          .session=${session}
          .router=${router}
          .route=${route}
          .conflicts=${conflicts}
        ></booking-page>`;
      case "settings":
        return html`<settings-pages
          .api=${api}
          .session=${session}
          .router=${router}
          .route=${route}
          .conflicts=${conflicts}
        ></settings-pages>`;
      case "signin":
        return html`<signin-page .api=${api} .session=${session}></signin-page>`;
      case "invite":
        return html`<invite-page .api=${api} .session=${session} .router=${router} .token=${route.token}></invite-page>`;
      case "not-found":
        return html`<not-found-page .path=${route.path}></not-found-page>`;
    }
  }
}
