/** People as elements speak of them. */

/** A person to meet, or the viewer. */
export interface Person {
  sub: string;
  name: string;
  tzid: string;
}

/** "Ana Ruiz" to "Ana": enough beside a time. */
export function shortName(name: string): string {
  return name.trim().split(/\s+/)[0] ?? name;
}
