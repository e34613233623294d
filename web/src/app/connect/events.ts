/** What parts of the window ask of the window itself. The events are composed and bubble. */

export interface OpenProfile {
  sub: string;
  /** The name that was pressed: the popover stands beside it and gives the focus back to it. */
  anchor: HTMLElement;
}

export interface BookWith {
  subs: readonly string[];
  /** Others of whom some are enough. */
  anyOf?: { subs: readonly string[]; needed: number };
  /** What unites them, such as a channel's name. */
  topic?: string;
  /** Who else can be added. */
  candidates?: readonly string[];
  /** Where the card goes; null lets the server find or make the direct conversation. */
  conversationId: string | null;
}

export interface ShowMessage {
  sub: string;
}

export const OPEN_PROFILE = "connect-open-profile";
export const BOOK_WITH = "connect-book-with";
/** Somebody is about to press: the answer can be on its way. */
export const BOOK_SOON = "connect-book-soon";
export const MESSAGE_PERSON = "connect-message-person";
export const OPEN_SWITCHER = "connect-open-switcher";
export const OPEN_CHANNELS = "connect-open-channels";

declare global {
  interface HTMLElementEventMap {
    "connect-open-profile": CustomEvent<OpenProfile>;
    "connect-book-with": CustomEvent<BookWith>;
    "connect-book-soon": CustomEvent<BookWith>;
    "connect-message-person": CustomEvent<ShowMessage>;
    "connect-open-switcher": CustomEvent<{ kind: "all" | "people" }>;
    "connect-open-channels": CustomEvent<{ tab: "browse" | "create" }>;
  }
}
