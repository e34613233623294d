-- name: insert_connection
INSERT INTO calendar_connection (org_id, connection_id, account_id, kind, label, url, username, secret, profile,
                                 state, next_poll_at, created_at)
VALUES (%(org_id)s, %(connection_id)s, %(account_id)s, %(kind)s, %(label)s, %(url)s, %(username)s, %(secret)s,
        %(profile)s, %(state)s, %(next_poll_at)s, %(created_at)s);

-- name: lock_account
-- Connections of one person are made one after the other, so that limits and the choice of a target hold.
SELECT account_id, tzid FROM account
WHERE org_id = %(org_id)s AND account_id = %(account_id)s
FOR NO KEY UPDATE;

-- name: get_connection
SELECT org_id, connection_id, account_id, kind, label, url, username, secret, profile, state, error_code,
       error_detail, error_at, attempts, synced_at, next_poll_at, created_at, policy
FROM calendar_connection
WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s;

-- name: lock_connection
SELECT org_id, connection_id, account_id, kind, label, url, username, secret, profile, state, error_code,
       error_detail, error_at, attempts, synced_at, next_poll_at, created_at, policy
FROM calendar_connection
WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s
FOR NO KEY UPDATE;

-- name: keep_secret
UPDATE calendar_connection SET secret = %(secret)s
WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s;

-- name: is_account_connected
-- No organisation: a service takes an account's consent back as a whole, whoever asks.
SELECT EXISTS (SELECT FROM calendar_connection WHERE kind = %(kind)s AND username = %(username)s) AS is_connected;

-- name: list_connections
SELECT org_id, connection_id, account_id, kind, label, url, username, secret, profile, state, error_code,
       error_detail, error_at, attempts, synced_at, next_poll_at, created_at, policy
FROM calendar_connection
WHERE org_id = %(org_id)s AND account_id = %(account_id)s
ORDER BY (kind <> 'builtin'), created_at, connection_id;

-- name: get_builtin
SELECT org_id, connection_id, account_id, kind, label, url, username, secret, profile, state, error_code,
       error_detail, error_at, attempts, synced_at, next_poll_at, created_at, policy
FROM calendar_connection
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND kind = 'builtin';

-- name: due_connections
-- Whose turn it is to be read. No organisation: the sweep serves them all.
SELECT org_id, connection_id FROM calendar_connection
WHERE next_poll_at <= %(now)s
ORDER BY next_poll_at
LIMIT %(limit)s;

-- name: set_ok
UPDATE calendar_connection
SET state = 'ok', error_code = '', error_detail = '', error_at = NULL, attempts = 0, synced_at = %(now)s,
    next_poll_at = %(next_poll_at)s
WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s;

-- name: set_failing
-- error_at stays the first failure of the present streak.
UPDATE calendar_connection
SET state = %(state)s, error_code = %(code)s, error_detail = %(detail)s, error_at = coalesce(error_at, %(now)s),
    attempts = attempts + 1, next_poll_at = %(next_poll_at)s
WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s;

-- name: postpone
UPDATE calendar_connection SET next_poll_at = %(next_poll_at)s
WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s;

-- name: set_label
UPDATE calendar_connection SET label = %(label)s
WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s;

-- name: set_profile
UPDATE calendar_connection SET profile = %(profile)s
WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s;

-- name: set_secret
UPDATE calendar_connection
SET secret = %(secret)s, url = %(url)s, state = 'connecting', error_code = '', error_detail = '',
    error_at = NULL, attempts = 0, next_poll_at = %(now)s
WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s;

-- name: delete_connection
DELETE FROM calendar_connection
WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s;

-- name: set_policy
UPDATE calendar_connection SET policy = %(policy)s
WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s;

-- name: list_health
-- The accounts of a whole organisation at calendar services, those in trouble first, with what waits to be written.
SELECT n.connection_id, n.account_id, a.name, n.kind, n.label, n.state, n.error_code, n.error_detail,
       n.synced_at, n.next_poll_at,
       (SELECT count(*) FROM calendar c
        WHERE c.org_id = n.org_id AND c.connection_id = n.connection_id)::int AS calendars,
       (SELECT count(*) FROM calendar c
        JOIN calendar_event e ON e.org_id = c.org_id AND e.calendar_id = c.calendar_id
        WHERE c.org_id = n.org_id AND c.connection_id = n.connection_id)::int AS events,
       w.waiting_writes, w.oldest_waiting_at
FROM calendar_connection n
JOIN account a ON a.org_id = n.org_id AND a.account_id = n.account_id
CROSS JOIN LATERAL (
    SELECT count(*)::int AS waiting_writes, min(o.changed_at) AS oldest_waiting_at
    FROM calendar c
    JOIN booking_write o ON o.org_id = c.org_id AND o.calendar_id = c.calendar_id
    WHERE c.org_id = n.org_id AND c.connection_id = n.connection_id
      AND o.state IN ('pending', 'retrying', 'failed') AND (o.state = 'failed' OR o.next_try_at IS NOT NULL)) w
WHERE n.org_id = %(org_id)s AND n.kind <> 'builtin'
ORDER BY (n.state = 'ok'), (n.state <> 'needs_attention'), lower(a.name), n.created_at, n.connection_id
LIMIT %(limit)s;
