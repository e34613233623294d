/** What people know by name and is CalDAV: where it is, and which password it takes. */

export interface CaldavService {
  readonly value: string;
  readonly label: string;
  /** Where the service is; empty where everybody has an address of their own. */
  readonly url: string;
  /** What its user name is. */
  readonly user: string;
  /** Where its password for other programs is made. */
  readonly password: string;
  /** Whether it can tell busy times alone (RFC 4791, free-busy-query). */
  readonly tellsBusy: boolean;
}

const ANY: CaldavService = {
  value: "any",
  label: "Any CalDAV server",
  url: "",
  user: "User name",
  password: "Use an app password where the service offers one.",
  tellsBusy: true,
};

export const CALDAV_SERVICES: readonly CaldavService[] = [
  ANY,
  {
    value: "icloud",
    label: "Apple iCloud",
    url: "https://caldav.icloud.com/",
    user: "Apple Account (e-mail address)",
    password: "An app-specific password: account.apple.com, “Sign-In and Security”. Your usual one is refused.",
    tellsBusy: false,
  },
  {
    value: "fastmail",
    label: "Fastmail",
    url: "https://caldav.fastmail.com/",
    user: "E-mail address",
    password: "An app password: Settings, “Privacy & Security”, “Manage app passwords”. Your usual one is refused.",
    tellsBusy: true,
  },
  {
    value: "nextcloud",
    label: "Nextcloud",
    url: "",
    user: "User name",
    password: "An app password: Settings, “Security”, “Devices & sessions”.",
    tellsBusy: true,
  },
];

/** Returns the service chosen; any server for a name that is none. */
export function caldavService(value: string): CaldavService {
  return CALDAV_SERVICES.find((service) => service.value === value) ?? ANY;
}
