/**
 * The calendar services at which people sign in themselves: what each is asked by level of access, how access ends, and
 * what is said to who comes back.
 */
import type { ApiClient } from "../../internal/api-client.ts";
import type { Access, Connection } from "../platform.ts";

export interface AccessWords {
  label: string;
  reads: string;
  writes: string;
  short: string;
}

export const ACCESS: Readonly<Record<Access, AccessWords>> = {
  busy: {
    label: "Only when I am busy",
    reads: "Start and end of your events. No titles, people or places: Convene does not ask for them.",
    writes: "Nothing.",
    short: "busy times only",
  },
  read: {
    label: "Also what my events say",
    reads: "Your events with their titles and details, which stay with you.",
    writes: "Nothing.",
    short: "reads events",
  },
  two_way: {
    label: "Also write the meetings I book",
    reads: "Your events with their titles and details, which stay with you.",
    writes: "The meetings you book here, into one calendar that you choose.",
    short: "reads and writes",
  },
};
export const LEVELS = Object.keys(ACCESS) as Access[];

export interface SignInService {
  kind: "google" | "microsoft";
  /** Whose sign-in it is: "Google". */
  brand: string;
  /** What can be connected: "Google Calendar". */
  name: string;
  /** What somebody has then: "Google Calendar", "Your Microsoft calendar". */
  calendar: string;
  /** What is read with the least access, where it is more than was asked for. */
  busyReads: string;
  /** How the owner ends it. */
  stop: string;
  /** Said before people are sent there. */
  before: string;
  /** How an administrator makes the service known here, up to the address to come back to. */
  register: string;
  guide: string;
  /** Why less works than was chosen. */
  less: string;
  problems: Readonly<Record<string, string>>;
}

const EXPIRED = "This sign-in took too long or was begun elsewhere. Begin again here.";
const FAILED = "Nothing was connected. There may be too many connections already.";

export const SIGN_IN_SERVICES: Readonly<Record<SignInService["kind"], SignInService>> = {
  google: {
    kind: "google",
    brand: "Google",
    name: "Google Calendar",
    calendar: "Google Calendar",
    busyReads: ACCESS.busy.reads,
    stop: "“Disconnect” on this page gives the access back to Google at once. You can also withdraw it in your Google account.",
    before: "You sign in at Google and tick there what you agree to. Convene never sees your password.",
    register: "An administrator makes an OAuth client for Convene in Google’s Cloud console, with the redirect address",
    guide: "Connect Google Calendar",
    less: "At Google not every box was ticked, so what works is",
    problems: {
      denied: "Nothing was connected: the consent was not given.",
      expired: EXPIRED,
      unticked: "Without the list of calendars and their times nothing can be read. Leave those boxes ticked at Google.",
      other_account: "You signed in with another Google account than this connection’s. Choose the one that it names.",
      invalid_grant: "Google did not accept the sign-in any more. Begin again here.",
      invalid_client: "Google does not accept this installation’s client id and secret. Ask an administrator.",
      api_disabled: "The Google Calendar API is not switched on for this installation. Ask an administrator.",
      rate_limited: "Google asks us to wait. Try again in a few minutes.",
      failed: FAILED,
    },
  },
  microsoft: {
    kind: "microsoft",
    brand: "Microsoft",
    name: "Microsoft 365 or Outlook.com",
    calendar: "Your Microsoft calendar",
    busyReads:
      "Start and end of your events, and whether you are busy. Microsoft has no permission for that alone: titles, people " +
      "and places come along, and Convene drops them.",
    stop:
      "“Disconnect” on this page forgets the access at once. To withdraw it at Microsoft too: in your account under " +
      "“Privacy”, “Apps and services”; at work or school at myapps.microsoft.com.",
    before:
      "You sign in at Microsoft and agree there. Some organisations want an administrator to agree first. Convene never " +
      "sees your password.",
    register: "An administrator registers an application for Convene in the Microsoft Entra admin center, with the redirect address",
    guide: "Connect Microsoft 365 or Outlook.com",
    less: "Microsoft did not grant all of it, perhaps because your organisation does not allow it. What works is",
    problems: {
      denied:
        "Nothing was connected: the consent was not given. If Microsoft asked for an administrator’s approval, it has to " +
        "be given first.",
      expired: EXPIRED,
      unticked: "Microsoft did not let Convene read your calendars. If your organisation does not allow it, ask an administrator.",
      other_account: "You signed in with another Microsoft account than this connection’s. Choose the one that it names.",
      invalid_grant: "Microsoft did not accept the sign-in any more. Begin again here.",
      invalid_client: "Microsoft does not accept this installation’s client id and secret. Ask an administrator.",
      no_mailbox: "This Microsoft account has no calendar that programs can read.",
      rate_limited: "Microsoft asks us to wait. Try again in a few minutes.",
      failed: FAILED,
    },
  },
};

export function signInService(kind: string): SignInService | null {
  return Object.hasOwn(SIGN_IN_SERVICES, kind) ? SIGN_IN_SERVICES[kind as SignInService["kind"]] : null;
}

/** What a level reads at a service. */
export function readsOf(service: SignInService, access: Access): string {
  return access === "busy" ? service.busyReads : ACCESS[access].reads;
}

/** Sends the browser to a service; comes back only if that did not work. */
export async function goToService(
  api: ApiClient,
  kind: SignInService["kind"],
  access: Access,
  connection: Connection | null,
): Promise<void> {
  const { authorize_url } = await api.post<{ authorize_url: string }>("/api/calendar-connections/oauth", {
    kind,
    access,
    ...(connection === null ? {} : { connection_id: connection.connection_id }),
  });
  window.location.assign(authorize_url);
}

/** What the address says to who comes back from a service, or null. */
export interface Arrival {
  isWell: boolean;
  heading: string;
  text: string;
}

/** The address is anybody's to write: what is shown stands here. */
export function arrivalOf(search: string): Arrival | null {
  const told = new URLSearchParams(search);
  const service = signInService(told.get("service") ?? "");
  if (service === null) return null;
  const { brand, calendar, problems } = service;
  const problem = told.get("problem");
  if (problem !== null) {
    const heading = problem === "denied" ? `${calendar} is not connected.` : `${calendar} could not be connected.`;
    const text = Object.hasOwn(problems, problem) ? problems[problem]! : `${brand}’s sign-in does not work just now. Try again later.`;
    return { isWell: false, heading, text };
  }
  const [asked, granted] = [told.get("asked") as Access, told.get("granted") as Access];
  if (!Object.hasOwn(ACCESS, asked) || !Object.hasOwn(ACCESS, granted)) return null;
  if (LEVELS.indexOf(granted) >= LEVELS.indexOf(asked)) {
    return { isWell: true, heading: `${calendar} is connected.`, text: `What you granted: ${ACCESS[granted].short}.` };
  }
  return {
    isWell: false,
    heading: `${calendar} is connected, with less than you chose.`,
    text: `${service.less}: ${ACCESS[granted].short}. “Change access” asks once more.`,
  };
}
