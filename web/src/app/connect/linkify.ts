/** Finds the addresses in a text. Only `https`, `http` and `mailto` become links; everything else stays text. */

export type Piece = { text: string; href: string | null };

const ADDRESS = /\bhttps?:\/\/[^\s<>"']+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/giu;
/** Marks that end a sentence, not an address. */
const TRAILING = /[.,;:!?…]+$/u;

export function linkify(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const shown = trimmed(match[0]);
    const href = safeAddress(shown);
    if (href === null) continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), href: null });
    pieces.push({ text: shown, href });
    end = match.index + shown.length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), href: null });
  return pieces;
}

/** Without the sentence's own punctuation, and without a bracket that was opened before the address. */
function trimmed(address: string): string {
  let result = address.replace(TRAILING, "");
  for (const [open, close] of ["()", "[]"] as const) {
    while (result.endsWith(close!) && result.split(close!).length > result.split(open!).length) {
      result = result.slice(0, -1).replace(TRAILING, "");
    }
  }
  return result;
}

function safeAddress(shown: string): string | null {
  const address = /^https?:/iu.test(shown) ? shown : `mailto:${shown}`;
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  return ["https:", "http:", "mailto:"].includes(url.protocol) ? url.href : null;
}
