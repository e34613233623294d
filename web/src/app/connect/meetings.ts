/** Whom the booking modal is opened for: one person, those who were chosen, or enough of a channel. */
import type { Group, Person as Participant } from "../../internal/people.ts";
import type { Card, Person } from "../model.ts";
import type { Store } from "../store.ts";
import type { Connect } from "./connect.ts";
import type { BookWith } from "./events.ts";

/** How many one question about times may be about, without the one who asks. */
const MOST_PEOPLE = 49;

/** What the booking modal is given. */
export interface Meeting {
  people: readonly Participant[];
  group?: Group | null;
  topic?: string;
  candidates?: readonly Participant[];
  card: Card | null;
  conversationId: string | null;
}

export const participant = ({ sub, name, tzid }: Person): Participant => ({ sub, name, tzid });

/** A meeting with the people that are named, as far as they are known here. */
export function meetingOf(store: Store, { subs, anyOf, topic, candidates, conversationId }: BookWith): Meeting {
  const known = (list: readonly string[]): Participant[] => list.flatMap((sub) => store.person(sub) ?? []).map(participant);
  const group = anyOf ? { people: known(anyOf.subs), needed: anyOf.needed } : null;
  return { people: known(subs), group, topic: topic ?? "", candidates: known(candidates ?? []), card: null, conversationId };
}

/** A meeting of more than half of a channel; null where its members cannot be read, or are too many for one question. */
export async function channelMeeting(connect: Connect, conversationId: string): Promise<BookWith | null> {
  const { store } = connect;
  try {
    if (!store.members.has(conversationId)) await connect.loadMembers(conversationId);
  } catch {
    return null;
  }
  const others = (store.members.get(conversationId) ?? []).filter((sub) => {
    const person = store.person(sub);
    return person && !person.is_me && !person.is_suspended;
  });
  if (others.length === 0 || others.length > MOST_PEOPLE) return null;
  if (others.length === 1) return { subs: others, conversationId };
  const topic = `#${store.conversations.get(conversationId)?.name ?? ""}`;
  const anyOf = { subs: others, needed: Math.floor(others.length / 2) + 1 };
  return { subs: [], anyOf, topic, candidates: others, conversationId };
}
