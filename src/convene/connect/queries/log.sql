-- The event logs: one per conversation, one per person. The counter row's lock orders the writers.

-- name: advance_conversation
-- Takes the conversation's lock until the end of the transaction; the next seq is this event's.
UPDATE connect.conversation SET last_seq = last_seq + 1
WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s
RETURNING last_seq

-- name: insert_event
INSERT INTO connect.event (org_id, conversation_id, seq, type, data, at)
VALUES (%(org_id)s, %(conversation_id)s, %(seq)s, %(type)s, %(data)s, %(at)s)

-- name: advance_personal
-- Locks in the order of account ids, so that two transactions never wait for each other.
INSERT INTO connect.personal_log AS log (org_id, account_id, last_seq)
SELECT %(org_id)s, want.account_id, want.count
FROM unnest(%(account_ids)s::text[], %(counts)s::bigint[]) AS want (account_id, count)
ORDER BY want.account_id
ON CONFLICT (org_id, account_id) DO UPDATE SET last_seq = log.last_seq + excluded.last_seq
RETURNING account_id, last_seq

-- name: insert_personal_events
INSERT INTO connect.personal_event (org_id, account_id, seq, type, data, at)
SELECT %(org_id)s, new.account_id, new.seq, new.type, new.data, %(at)s
FROM unnest(%(account_ids)s::text[], %(seqs)s::bigint[], %(types)s::text[], %(data)s::jsonb[])
    AS new (account_id, seq, type, data)

-- name: list_events
-- Events after each cursor, oldest first, a limited number per log. As text: they are sent as they are.
SELECT want.org_id, want.id, event.seq, event.type, event.data::text AS data,
    event.data ->> 'kind' = 'booking_card' AS has_card
FROM unnest(%(org_ids)s::text[], %(ids)s::text[], %(after)s::bigint[]) AS want (org_id, id, after)
CROSS JOIN LATERAL (
    SELECT e.seq, e.type, e.data FROM connect.event e
    WHERE e.org_id = want.org_id AND e.conversation_id = want.id AND e.seq > want.after
    ORDER BY e.seq LIMIT %(limit)s
) AS event
ORDER BY want.org_id, want.id, event.seq

-- name: list_personal_events
SELECT want.org_id, want.id, event.seq, event.type, event.data::text AS data, false AS has_card
FROM unnest(%(org_ids)s::text[], %(ids)s::text[], %(after)s::bigint[]) AS want (org_id, id, after)
CROSS JOIN LATERAL (
    SELECT e.seq, e.type, e.data FROM connect.personal_event e
    WHERE e.org_id = want.org_id AND e.account_id = want.id AND e.seq > want.after
    ORDER BY e.seq LIMIT %(limit)s
) AS event
ORDER BY want.org_id, want.id, event.seq

-- name: list_positions
-- One snapshot of where a person's logs stand: their conversations, and their own log under their account id.
SELECT member.conversation_id AS id, conversation.last_seq
FROM connect.member JOIN connect.conversation USING (org_id, conversation_id)
WHERE member.org_id = %(org_id)s AND member.account_id = %(account_id)s
UNION ALL
SELECT %(account_id)s,
    coalesce((SELECT last_seq FROM connect.personal_log
        WHERE org_id = %(org_id)s AND account_id = %(account_id)s), 0)

-- name: list_behind
-- Which of these logs hold more than their cursor says: the safety poll.
SELECT want.org_id, want.id
FROM unnest(%(org_ids)s::text[], %(ids)s::text[], %(after)s::bigint[]) AS want (org_id, id, after)
WHERE EXISTS (SELECT FROM connect.conversation c
        WHERE c.org_id = want.org_id AND c.conversation_id = want.id AND c.last_seq > want.after)
    OR EXISTS (SELECT FROM connect.personal_log p
        WHERE p.org_id = want.org_id AND p.account_id = want.id AND p.last_seq > want.after)

-- name: delete_old_events
DELETE FROM connect.event WHERE at < %(before)s

-- name: delete_old_personal_events
DELETE FROM connect.personal_event WHERE at < %(before)s
