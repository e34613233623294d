/** A meeting of which some people are enough: who must come, how many of the others, and what that makes of a time. */
import { type Group, type Person, shortName } from "../../internal/people.ts";
import { strings } from "../../internal/strings.ts";
import type { Slot } from "../../internal/types.ts";

export interface Party {
  /** They must come. */
  people: readonly Person[];
  /** Enough of them must. */
  group: Group | null;
}

/** As many names as a line holds; more people are a number. */
const MOST_NAMES = 4;

/** The same people with one of them required, who is then one fewer of the others; or one of those others again. */
export function withMust({ people, group }: Party, person: Person, must: boolean): Party {
  const without = (list: readonly Person[]): Person[] => list.filter((other) => other.sub !== person.sub);
  const others = without(group?.people ?? []);
  if (must) return { people: [...without(people), person], group: groupOf(others, (group?.needed ?? 1) - 1) };
  return { people: without(people), group: groupOf([...others, person], group?.needed ?? 1) };
}

/** Without one person; null when nobody would be left. */
export function withoutPerson({ people, group }: Party, person: Person): Party | null {
  const without = (list: readonly Person[]): Person[] => list.filter((other) => other.sub !== person.sub);
  const left = { people: without(people), group: groupOf(without(group?.people ?? []), group?.needed ?? 1) };
  return left.people.length === 0 && left.group === null ? null : left;
}

/** Another number of people is enough. */
export function withNeeded({ people, group }: Party, needed: number): Party {
  return { people, group: groupOf(group?.people ?? [], needed) };
}

function groupOf(people: readonly Person[], needed: number): Group | null {
  return people.length === 0 ? null : { people, needed: Math.min(Math.max(needed, 1), people.length) };
}

/** "Ana and Bo, and enough of the others" with its number. */
export function partyText({ people, group }: Party): string {
  const must = namesOf(people);
  if (!group) return must;
  const others = people.length > 0 ? `${group.people.length} others` : `${group.people.length} people`;
  const whom = group.people.length <= MOST_NAMES ? namesOf(group.people) : others;
  const enough =
    group.needed < group.people.length ? `any ${group.needed} of ${whom}` : group.needed === 1 ? whom : `all of ${whom}`;
  return must ? `${must}, and ${enough}` : enough.charAt(0).toUpperCase() + enough.slice(1);
}

/** There is none, with the people in the middle of the sentence. */
export function noTimeText(party: Party, until: string): string {
  return `There is no time until ${until} for ${partyText(party).replace(/^(?:Any|All)\b/, (word) => word.toLowerCase())}.`;
}

function namesOf(people: readonly Person[]): string {
  if (people.length > MOST_NAMES) return `${people.length} people`;
  return strings().names(people.map((person) => shortName(person.name)));
}

/** How many of all who are asked, the viewer apart, can come at a time, and who cannot. */
export function attendance({ people, group }: Party, slot: Slot): { free: number; all: number; missing: readonly Person[] } {
  const missing = (group?.people ?? []).filter((person) => slot.quorum?.missing.includes(person.sub));
  const all = people.length + (group?.people.length ?? 0);
  return { free: all - missing.length, all, missing };
}

/** "4 of 5" on a time, and what is read instead: "4 of 5 can come, without Cy". */
export function slotNote(party: Party, slot: Slot): { word: string; label: string } {
  const { free, all, missing } = attendance(party, slot);
  if (missing.length === 0) return { word: `all ${all}`, label: "everybody can come" };
  return { word: `${free} of ${all}`, label: `${free} of ${all} can come, without ${namesOf(missing)}` };
}

/** The same as a sentence, for the time that is chosen. */
export function attendanceText(party: Party, slot: Slot): string {
  const { free, all, missing } = attendance(party, slot);
  if (missing.length === 0) return `Everybody can come (${all}).`;
  return `${free} of ${all} can come. ${namesOf(missing)} would miss it.`;
}
