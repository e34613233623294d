/** People as elements speak of them. */

/** A person to meet, or the viewer. */
export interface Person {
  sub: string;
  name: string;
  tzid: string;
}

/** Others of whom some are enough. */
export interface Group {
  people: readonly Person[];
  needed: number;
}

/** Whom a question about times is about, by id. */
export interface Invited {
  participants: readonly string[];
  quorumOf?: readonly string[];
  quorum?: number;
}

/** All of `people`, and as many of the group as are needed. */
export function invited(people: readonly Person[], group: Group | null): Invited {
  const subs = (list: readonly Person[]): string[] => list.map((person) => person.sub);
  const rest = group?.people.length ? { quorumOf: subs(group.people), quorum: group.needed } : {};
  return { participants: subs(people), ...rest };
}

/** "Ana Ruiz" to "Ana": enough beside a time. */
export function shortName(name: string): string {
  return name.trim().split(/\s+/)[0] ?? name;
}
