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
       error_detail, error_at, attempts, synced_at, next_poll_at, created_at
FROM calendar_connection
WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s;

-- name: lock_connection
SELECT org_id, connection_id, account_id, kind, label, url, username, secret, profile, state, error_code,
       error_detail, error_at, attempts, synced_at, next_poll_at, created_at
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
       error_detail, error_at, attempts, synced_at, next_poll_at, created_at
FROM calendar_connection
WHERE org_id = %(org_id)s AND account_id = %(account_id)s
ORDER BY (kind <> 'builtin'), created_at, connection_id;

-- name: get_builtin
SELECT org_id, connection_id, account_id, kind, label, url, username, secret, profile, state, error_code,
       error_detail, error_at, attempts, synced_at, next_poll_at, created_at
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
