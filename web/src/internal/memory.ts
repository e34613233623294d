/** Small preferences kept on this device; every failure is silent, because embedded pages may refuse storage. */

/** Reads a remembered value; null when there is none. */
export function recall(name: string): string | null {
  try {
    return localStorage.getItem(`convene.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`convene.${name}`, value);
  } catch {
    // Forgetting is harmless.
  }
}
