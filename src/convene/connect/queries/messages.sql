-- Messages. `seq` is a message's place, `edit_seq` the event that changed it last.

-- name: list_messages
-- Newest first.
SELECT message_id, conversation_id, seq, author_id, kind, body, payload, client_nonce, edit_seq,
    created_at, edited_at, deleted_at
FROM connect.message
WHERE org_id = %(org_id)s AND conversation_id = %(conversation_id)s
    AND (%(before)s::bigint IS NULL OR seq < %(before)s)
ORDER BY seq DESC LIMIT %(limit)s

-- name: list_last_messages
SELECT last.*
FROM unnest(%(conversation_ids)s::text[]) AS want (id)
CROSS JOIN LATERAL (
    SELECT message_id, conversation_id, seq, author_id, kind, body, payload, client_nonce, edit_seq,
        created_at, edited_at, deleted_at
    FROM connect.message
    WHERE org_id = %(org_id)s AND conversation_id = want.id
    ORDER BY seq DESC LIMIT 1
) AS last

-- name: find_message
SELECT message_id, conversation_id, seq, author_id, kind, body, payload, client_nonce, edit_seq,
    created_at, edited_at, deleted_at
FROM connect.message WHERE org_id = %(org_id)s AND message_id = %(message_id)s

-- name: find_message_by_nonce
SELECT message_id, conversation_id, seq, author_id, kind, body, payload, client_nonce, edit_seq,
    created_at, edited_at, deleted_at
FROM connect.message
WHERE org_id = %(org_id)s AND author_id = %(author_id)s AND client_nonce = %(client_nonce)s

-- name: insert_message
INSERT INTO connect.message (org_id, conversation_id, message_id, seq, author_id, kind, body, payload,
    client_nonce, edit_seq, created_at)
VALUES (%(org_id)s, %(conversation_id)s, %(message_id)s, %(seq)s, %(author_id)s, %(kind)s, %(body)s, %(payload)s,
    %(client_nonce)s, %(seq)s, %(at)s)
ON CONFLICT (org_id, author_id, client_nonce) WHERE client_nonce IS NOT NULL DO NOTHING
RETURNING message_id, conversation_id, seq, author_id, kind, body, payload, client_nonce, edit_seq,
    created_at, edited_at, deleted_at

-- name: update_message
-- The one way in which a message changes: edited text and moved meetings alike.
UPDATE connect.message SET body = %(body)s, payload = %(payload)s, edit_seq = %(seq)s,
    edited_at = %(edited_at)s, deleted_at = %(deleted_at)s
WHERE org_id = %(org_id)s AND message_id = %(message_id)s
RETURNING message_id, conversation_id, seq, author_id, kind, body, payload, client_nonce, edit_seq,
    created_at, edited_at, deleted_at
