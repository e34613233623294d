-- Conversations and who is in them.

-- name: list_conversations
-- Somebody's conversations with their own read mark. Unread stops counting at 100.
SELECT c.conversation_id, c.kind, c.name, c.topic, c.dm_key, c.last_seq, c.created_at, m.last_read_seq,
    (SELECT count(*) FROM connect.member x
        WHERE x.org_id = c.org_id AND x.conversation_id = c.conversation_id) AS member_count,
    (SELECT count(*) FROM (
        SELECT FROM connect.message u
        WHERE u.org_id = c.org_id AND u.conversation_id = c.conversation_id AND u.seq > m.last_read_seq
            AND u.author_id IS DISTINCT FROM m.account_id AND u.deleted_at IS NULL
        LIMIT 100) AS newer) AS unread
FROM connect.member m JOIN connect.conversation c USING (org_id, conversation_id)
WHERE m.org_id = %(org_id)s AND m.account_id = %(account_id)s
    AND (%(conversation_id)s::text IS NULL OR c.conversation_id = %(conversation_id)s)
ORDER BY c.created_at, c.conversation_id

-- name: find_conversation
SELECT c.conversation_id, c.kind, c.name, c.topic, c.dm_key, c.last_seq, c.created_at,
    (SELECT count(*) FROM connect.member x
        WHERE x.org_id = c.org_id AND x.conversation_id = c.conversation_id) AS member_count
FROM connect.conversation c
WHERE c.org_id = %(org_id)s AND c.conversation_id = %(conversation_id)s

-- name: list_channels
SELECT c.conversation_id, c.name, c.topic,
    (SELECT count(*) FROM connect.member x
        WHERE x.org_id = c.org_id AND x.conversation_id = c.conversation_id) AS member_count,
    EXISTS (SELECT FROM connect.member x WHERE x.org_id = c.org_id AND x.conversation_id = c.conversation_id
        AND x.account_id = %(account_id)s) AS is_member
FROM connect.conversation c
WHERE c.org_id = %(org_id)s AND c.kind = 'channel'
ORDER BY lower(c.name)

-- name: insert_dm
INSERT INTO connect.conversation (org_id, conversation_id, kind, dm_key, created_by, created_at)
VALUES (%(org_id)s, %(conversation_id)s, 'dm', %(dm_key)s, %(created_by)s, %(at)s)
ON CONFLICT (org_id, dm_key) WHERE kind = 'dm' DO NOTHING

-- name: find_dm
SELECT conversation_id FROM connect.conversation
WHERE org_id = %(org_id)s AND kind = 'dm' AND dm_key = %(dm_key)s

-- name: insert_channel
INSERT INTO connect.conversation (org_id, conversation_id, kind, name, topic, created_by, created_at)
VALUES (%(org_id)s, %(conversation_id)s, 'channel', %(name)s, %(topic)s, %(created_by)s, %(at)s)
ON CONFLICT (org_id, lower(name)) WHERE kind = 'channel' DO NOTHING

-- name: update_channel
UPDATE connect.conversation SET name = %(name)s, topic = %(topic)s
WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s AND kind = 'channel'
    AND NOT EXISTS (SELECT FROM connect.conversation other
        WHERE other.org_id = %(org_id)s AND other.kind = 'channel' AND lower(other.name) = lower(%(name)s)
            AND other.conversation_id <> %(conversation_id)s)

-- name: insert_members
-- Whoever joins has read what was there before.
INSERT INTO connect.member (org_id, conversation_id, account_id, last_read_seq, joined_at)
SELECT c.org_id, c.conversation_id, account_id, c.last_seq, %(at)s
FROM connect.conversation c, unnest(%(account_ids)s::text[]) AS account_id
WHERE c.org_id = %(org_id)s AND c.conversation_id = %(conversation_id)s
ON CONFLICT DO NOTHING

-- name: delete_member
DELETE FROM connect.member
WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s AND account_id = %(account_id)s

-- name: find_member
SELECT account_id FROM connect.member
WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s AND account_id = %(account_id)s

-- name: lock_conversation
SELECT FROM connect.conversation
WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s
FOR NO KEY UPDATE

-- name: list_members
SELECT account_id FROM connect.member
WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s

-- name: update_read_mark
-- Never back, never beyond the end.
UPDATE connect.member m SET last_read_seq = least(%(seq)s, c.last_seq)
FROM connect.conversation c
WHERE m.org_id = %(org_id)s AND m.conversation_id = %(conversation_id)s AND m.account_id = %(account_id)s
    AND c.org_id = m.org_id AND c.conversation_id = m.conversation_id
    AND m.last_read_seq < least(%(seq)s, c.last_seq)
RETURNING m.last_read_seq
