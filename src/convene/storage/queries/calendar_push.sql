-- name: push_of
-- How the calendars that count are told of changes, connection by connection: who is told, who should be and is not.
SELECT c.connection_id, bool_or(s.is_served) AS is_active, bool_or(NOT s.is_served) AS is_off
FROM calendar c
JOIN calendar_push p ON p.org_id = c.org_id AND p.calendar_id = c.calendar_id AND p.state <> 'unsupported'
CROSS JOIN LATERAL (SELECT p.state = 'active' AND EXISTS (
    SELECT FROM calendar_channel h WHERE h.org_id = c.org_id AND h.calendar_id = c.calendar_id
                                     AND h.replaced_at IS NULL AND h.remote_id <> ''
                                     AND h.expires_at > %(now)s) AS is_served) s
WHERE c.org_id = %(org_id)s AND c.connection_id = ANY(%(connection_ids)s) AND (c.is_checked OR c.is_target)
GROUP BY c.connection_id;

-- name: due
-- Calendars to look after. No organisation: the sweep serves them all. One that was never read is read first; accounts
-- that need a person or must wait are left alone.
SELECT c.org_id, c.calendar_id
FROM calendar c
JOIN calendar_connection n ON n.org_id = c.org_id AND n.connection_id = c.connection_id
LEFT JOIN calendar_push p ON p.org_id = c.org_id AND p.calendar_id = c.calendar_id
WHERE n.kind = ANY(%(kinds)s) AND n.state <> 'needs_attention'
  AND (n.throttle_until IS NULL OR n.throttle_until <= %(now)s)
  AND CASE WHEN c.is_checked OR c.is_target
           THEN c.first_synced_at IS NOT NULL AND (p.next_at IS NULL OR p.next_at <= %(now)s)
           ELSE p.next_at IS NOT NULL END
ORDER BY p.next_at NULLS FIRST, c.num
LIMIT %(limit)s;

-- name: get_push
SELECT org_id, calendar_id, state, error_code, attempts, opened_at, failing_since, next_at, unannounced_at, misses
FROM calendar_push
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s;

-- name: postpone
-- A row is made for a calendar that has none, so that the sweep does not pick it again at once.
INSERT INTO calendar_push (org_id, calendar_id, state, next_at)
VALUES (%(org_id)s, %(calendar_id)s, 'failing', %(next_at)s)
ON CONFLICT (org_id, calendar_id) DO UPDATE SET next_at = excluded.next_at;

-- name: set_active
INSERT INTO calendar_push (org_id, calendar_id, state, opened_at, next_at)
VALUES (%(org_id)s, %(calendar_id)s, 'active', %(opened_at)s, %(next_at)s)
ON CONFLICT (org_id, calendar_id) DO UPDATE
SET state = 'active', error_code = '', attempts = 0, opened_at = excluded.opened_at, failing_since = NULL,
    next_at = excluded.next_at, unannounced_at = NULL, misses = 0;

-- name: set_failed
INSERT INTO calendar_push AS p (org_id, calendar_id, state, error_code, attempts, failing_since, next_at)
VALUES (%(org_id)s, %(calendar_id)s, %(state)s, %(error_code)s, 1, %(now)s, %(next_at)s)
ON CONFLICT (org_id, calendar_id) DO UPDATE
SET state = excluded.state, error_code = excluded.error_code, attempts = p.attempts + 1,
    failing_since = coalesce(p.failing_since, excluded.failing_since), next_at = excluded.next_at;

-- name: delete_push
DELETE FROM calendar_push WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s;

-- name: reopen
-- The channels of an account are not to be trusted any more: open new ones. What was unsupported stays so.
UPDATE calendar_push p
SET state = 'failing', error_code = %(error_code)s, failing_since = coalesce(p.failing_since, %(now)s),
    next_at = %(now)s, unannounced_at = NULL, misses = 0
FROM calendar c
WHERE c.org_id = p.org_id AND c.calendar_id = p.calendar_id AND p.state = 'active'
  AND c.org_id = %(org_id)s AND c.connection_id = %(connection_id)s
  AND (%(calendar_id)s::text IS NULL OR c.calendar_id = %(calendar_id)s);

-- name: is_suspicious
-- Something that pushed has stopped doing so not long ago. An installation that push never reaches is no such case.
SELECT EXISTS (
    SELECT FROM calendar_push p
    JOIN calendar c ON c.org_id = p.org_id AND c.calendar_id = p.calendar_id
    WHERE c.org_id = %(org_id)s AND c.connection_id = %(connection_id)s AND (c.is_checked OR c.is_target)
      AND p.opened_at IS NOT NULL
      AND (p.state = 'failing' AND p.failing_since > %(since)s
           OR p.state = 'active' AND NOT EXISTS (
               SELECT FROM calendar_channel h
               WHERE h.org_id = p.org_id AND h.calendar_id = p.calendar_id AND h.remote_id <> ''
                 AND h.expires_at > %(now)s))
) AS is_suspicious;

-- name: note_unannounced
-- A poll found what no channel had told, so far.
UPDATE calendar_push SET unannounced_at = %(now)s
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND state = 'active' AND unannounced_at IS NULL;

-- name: judge_unannounced
-- Whoever was not told for so long was not told; after some misses the channel is believed dead.
UPDATE calendar_push
SET unannounced_at = NULL, misses = misses + 1,
    state = CASE WHEN misses + 1 >= %(most)s THEN 'failing' ELSE state END,
    error_code = CASE WHEN misses + 1 >= %(most)s THEN 'missed' ELSE error_code END,
    failing_since = CASE WHEN misses + 1 >= %(most)s THEN coalesce(failing_since, %(now)s) ELSE failing_since END,
    next_at = CASE WHEN misses + 1 >= %(most)s THEN %(now)s ELSE next_at END
WHERE state = 'active' AND unannounced_at <= %(before)s;

-- name: find_channel
SELECT h.channel_id, h.org_id, h.calendar_id, c.connection_id, h.token_hash, h.remote_id, h.opened_at, h.expires_at,
       h.replaced_at
FROM calendar_channel h
JOIN calendar c ON c.org_id = h.org_id AND c.calendar_id = h.calendar_id
WHERE h.channel_id = %(channel_id)s;

-- name: list_channels
SELECT h.channel_id, h.org_id, h.calendar_id, c.connection_id, h.token_hash, h.remote_id, h.opened_at, h.expires_at,
       h.replaced_at
FROM calendar_channel h
JOIN calendar c ON c.org_id = h.org_id AND c.calendar_id = h.calendar_id
WHERE c.org_id = %(org_id)s AND c.connection_id = %(connection_id)s
  AND (%(calendar_id)s::text IS NULL OR c.calendar_id = %(calendar_id)s)
ORDER BY h.opened_at DESC, h.channel_id DESC;

-- name: insert_channel
INSERT INTO calendar_channel (channel_id, org_id, calendar_id, token_hash, opened_at, expires_at)
VALUES (%(channel_id)s, %(org_id)s, %(calendar_id)s, %(token_hash)s, %(now)s, %(expires_at)s);

-- name: confirm_channel
UPDATE calendar_channel SET remote_id = %(remote_id)s, opened_at = %(now)s, expires_at = %(expires_at)s
WHERE channel_id = %(channel_id)s;

-- name: replace_others
UPDATE calendar_channel SET replaced_at = %(now)s
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND channel_id <> %(channel_id)s AND replaced_at IS NULL;

-- name: delete_channel
DELETE FROM calendar_channel WHERE channel_id = %(channel_id)s;

-- name: note_notified
-- Told: what a poll found meanwhile was announced after all.
WITH heard AS (
    UPDATE calendar_channel SET notified_at = %(now)s WHERE channel_id = %(channel_id)s RETURNING org_id, calendar_id
)
UPDATE calendar_push p SET unannounced_at = NULL, misses = 0
FROM heard WHERE p.org_id = heard.org_id AND p.calendar_id = heard.calendar_id
             AND (p.unannounced_at IS NOT NULL OR p.misses > 0);
