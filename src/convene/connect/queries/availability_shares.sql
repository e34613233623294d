-- Free time shared in conversations: the one place where its times are.

-- name: insert_share
INSERT INTO connect.availability_share (org_id, message_id, conversation_id, account_id, consent_id, tzid, starts_at,
    ends_at, duration_minutes, any_hour, free, as_of, created_at, expires_at)
VALUES (%(org_id)s, %(message_id)s, %(conversation_id)s, %(account_id)s, %(consent_id)s, %(tzid)s, %(starts_at)s,
    %(ends_at)s, %(duration_minutes)s, %(any_hour)s, %(free)s, %(at)s, %(at)s, %(expires_at)s)

-- name: find_share
SELECT message_id, conversation_id, account_id, consent_id, tzid, starts_at, ends_at, duration_minutes, any_hour, free,
    as_of, created_at, expires_at, revoked_at
FROM connect.availability_share WHERE org_id = %(org_id)s AND message_id = %(message_id)s

-- name: lock_share
SELECT message_id, conversation_id, account_id, consent_id, tzid, starts_at, ends_at, duration_minutes, any_hour, free,
    as_of, created_at, expires_at, revoked_at
FROM connect.availability_share WHERE org_id = %(org_id)s AND message_id = %(message_id)s
FOR UPDATE

-- name: count_recent
SELECT count(*) AS count FROM connect.availability_share
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND created_at > %(since)s

-- name: update_times
UPDATE connect.availability_share SET free = %(free)s, as_of = %(at)s
WHERE org_id = %(org_id)s AND message_id = %(message_id)s

-- name: revoke
UPDATE connect.availability_share SET free = '[]', revoked_at = %(at)s
WHERE org_id = %(org_id)s AND message_id = %(message_id)s

-- name: empty_over
UPDATE connect.availability_share SET free = '[]' WHERE expires_at <= %(now)s AND free <> '[]'
