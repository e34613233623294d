/** `<settings-pages>`: the frame around the settings: where one is, where one may go. */
import { type TemplateResult, html } from "lit";
import { property, query, state } from "lit/decorators.js";
import "../../elements/toast/toast.ts";
import type { ToastElement } from "../../elements/toast/toast.element.ts";
import type { ApiClient } from "../../internal/api-client.ts";
import { ConveneElement, define } from "../../internal/element.ts";
import { icon } from "../../internal/icons.ts";
import { button, notice, skeleton } from "../../styles/shared.ts";
import { ConflictsWatch, type OpenConflicts } from "../conflicts.ts";
import type { Route, Router, SettingsPage } from "../router.ts";
import { settingsPath } from "../router.ts";
import type { Session } from "../session.ts";
import { brand } from "../ui/brand.ts";
import { appIcon } from "../ui/icons.ts";
import { empty, failure, skeletons } from "../ui/parts.ts";
import { parts } from "../ui/styles.ts";
import { setTitle } from "../ui/title.ts";
import { countWords } from "./conflict-words.ts";
import { styles } from "./settings.styles.ts";

interface Entry {
  page: SettingsPage;
  label: string;
  icon: TemplateResult;
  /** The grant that the page's calls need; none for one's own. */
  grant: string | null;
  load: () => Promise<unknown>;
}

const PERSONAL: Entry[] = [
  { page: "profile", label: "Profile", icon: appIcon("user"), grant: null, load: () => import("./profile.ts") },
  { page: "availability", label: "Working hours", icon: icon("clock"), grant: "rules:read", load: () => import("./availability.ts") },
  {
    page: "booking-pages",
    label: "Booking pages",
    icon: appIcon("calendarPlus"),
    grant: "pages:read",
    load: () => import("./booking-pages.ts"),
  },
  { page: "calendars", label: "Calendars", icon: icon("calendar"), grant: "calendars:read", load: () => import("./calendars.ts") },
  {
    page: "conflicts",
    label: "Conflicts",
    icon: appIcon("sides"),
    grant: "bookings:read",
    load: () => import("./conflicts.ts"),
  },
  {
    page: "authorizations",
    label: "Connected apps",
    icon: appIcon("plug"),
    grant: null,
    load: () => import("./authorizations.ts"),
  },
  { page: "security", label: "Security", icon: appIcon("shield"), grant: null, load: () => import("./security.ts") },
];
const ORGANIZATION: Entry[] = [
  { page: "members", label: "People", icon: appIcon("users"), grant: "organization:manage", load: () => import("./members.ts") },
  { page: "rooms", label: "Rooms", icon: appIcon("door"), grant: "members:read", load: () => import("./rooms.ts") },
  {
    page: "applications",
    label: "Applications",
    icon: appIcon("plug"),
    grant: "organization:manage",
    load: () => import("./applications.ts"),
  },
  { page: "keys", label: "API keys", icon: appIcon("key"), grant: "organization:manage", load: () => import("./keys.ts") },
  { page: "webhooks", label: "Webhooks", icon: appIcon("webhook"), grant: "webhooks:manage", load: () => import("./webhooks.ts") },
  {
    page: "calendar-health",
    label: "Calendar health",
    icon: appIcon("pulse"),
    grant: "organization:manage",
    load: () => import("./calendar-health.ts"),
  },
  { page: "audit", label: "Audit log", icon: appIcon("list"), grant: "organization:manage", load: () => import("./audit.ts") },
];

export class SettingsPagesElement extends ConveneElement {
  static override styles = ConveneElement.withStyles(button, notice, skeleton, parts, styles);

  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) router!: Router;
  @property({ attribute: false }) route!: Route;
  @property({ attribute: false }) conflicts: OpenConflicts | null = null;
  @state() private broken: unknown = null;
  @state() private isWide = true;
  readonly #wide = matchMedia("(min-width: 768px)");
  @query("cv-toast") private toasts!: ToastElement;
  readonly #ready = new Set<SettingsPage>();

  constructor() {
    super();
    new ConflictsWatch(this, () => (this.session?.can("bookings:read") ? this.conflicts : null));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#wide.addEventListener("change", this.#resized);
    this.#resized();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#wide.removeEventListener("change", this.#resized);
  }

  readonly #resized = (): void => {
    this.isWide = this.#wide.matches;
  };

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    // On a narrow window a choice closes the list that it was made in.
    if (changed.has("route") && !this.isWide) this.renderRoot.querySelector("details")?.removeAttribute("open");
  }

  get #page(): SettingsPage {
    return this.route.name === "settings" ? this.route.page : "profile";
  }

  #allowed(entry: Entry): boolean {
    return entry.grant === null || this.session.can(entry.grant);
  }

  #load(entry: Entry): void {
    entry.load().then(
      () => {
        this.#ready.add(entry.page);
        this.broken = null;
        this.requestUpdate();
      },
      (error: unknown) => (this.broken = error),
    );
  }

  protected override render() {
    const entry = [...PERSONAL, ...ORGANIZATION].find(({ page }) => page === this.#page)!;
    setTitle(entry.label);
    return html`
      <header>
        <a class="home" href="/" aria-label="Convene, back to Connect">${brand()}</a>
        <a class="button small" href="/">${appIcon("arrowLeft")}Connect</a>
      </header>
      <div class="frame">
        <nav aria-label="Settings">
          <details ?open=${this.isWide}>
            <summary>${icon("chevronRight")}All settings</summary>
            ${this.#group("You", PERSONAL)} ${this.#group(this.session.organization?.name ?? "Organisation", ORGANIZATION)}
          </details>
        </nav>
        <div class="content" @settings-said=${this.#said}>
          <h1>${entry.label}</h1>
          ${this.#content(entry)}
        </div>
      </div>
      <cv-toast></cv-toast>
    `;
  }

  readonly #said = (event: CustomEvent<{ text: string; urgency: "polite" | "assertive" }>): void => {
    this.toasts.show(event.detail);
  };

  #group(label: string, entries: Entry[]) {
    const shown = entries.filter((entry) => this.#allowed(entry));
    if (shown.length === 0) return "";
    return html`<div class="group">
      <h2>${label}</h2>
      <ul>
        ${shown.map(
          (entry) =>
            html`<li>
              <a href=${settingsPath(entry.page)} aria-current=${entry.page === this.#page ? "page" : "false"}>
                ${entry.icon}<span>${entry.label}</span>${entry.page === "conflicts" ? this.#badge() : ""}
              </a>
            </li>`,
        )}
      </ul>
    </div>`;
  }

  #badge() {
    const count = this.conflicts?.items.length ?? 0;
    if (count === 0) return "";
    return html`<span class="badge" aria-hidden="true">${count}</span><span class="visually-hidden">${countWords(count)}</span>`;
  }

  #content(entry: Entry) {
    if (!this.#allowed(entry)) {
      return empty(
        appIcon("shield"),
        "This page is for administrators",
        "Ask an owner or administrator of your organisation if you need to change something here.",
      );
    }
    if (this.broken !== null) return failure("This page could not be loaded.", this.broken, () => location.reload());
    if (!this.#ready.has(entry.page)) {
      this.#load(entry);
      return skeletons(3, "panel", "Loading");
    }
    const { api, session } = this;
    switch (entry.page) {
      case "profile":
        return html`<settings-profile .api=${api} .session=${session}></settings-profile>`;
      case "availability":
        return html`<settings-availability .api=${api} .session=${session}></settings-availability>`;
      case "booking-pages":
        return html`<settings-booking-pages .api=${api} .session=${session}></settings-booking-pages>`;
      case "calendars":
        return html`<settings-calendars .api=${api} .session=${session}></settings-calendars>`;
      case "conflicts":
        return html`<settings-conflicts .api=${api} .session=${session} .conflicts=${this.conflicts}></settings-conflicts>`;
      case "authorizations":
        return html`<settings-authorizations .api=${api} .session=${session}></settings-authorizations>`;
      case "security":
        return html`<settings-security .api=${api} .session=${session}></settings-security>`;
      case "members":
        return html`<settings-members .api=${api} .session=${session}></settings-members>`;
      case "rooms":
        return html`<settings-rooms .api=${api} .session=${session}></settings-rooms>`;
      case "applications":
        return html`<settings-applications .api=${api} .session=${session}></settings-applications>`;
      case "keys":
        return html`<settings-keys .api=${api} .session=${session}></settings-keys>`;
      case "webhooks":
        return html`<settings-webhooks .api=${api} .session=${session}></settings-webhooks>`;
      case "calendar-health":
        return html`<settings-calendar-health .api=${api} .session=${session}></settings-calendar-health>`;
      case "audit":
        return html`<settings-audit .api=${api} .session=${session}></settings-audit>`;
    }
  }
}
define("settings-pages", SettingsPagesElement);
