/** The button's own sentences: it is shown before all others are loaded. */
import { differing } from "../../internal/languages.ts";

export const buttonEnglish = {
  scheduleMeeting: "Schedule a meeting",
  openFailed: "The free times could not be opened. Check the connection and press again.",
};

/** The sentences in use. */
export function buttonStrings(): typeof buttonEnglish {
  return { ...buttonEnglish, ...differing() };
}
