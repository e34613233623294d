-- name: insert_session
INSERT INTO session (org_id, session_id, token_hash, account_id, created_at, last_seen_at, expires_at, user_agent, ip)
VALUES (%(org_id)s, %(session_id)s, %(token_hash)s, %(account_id)s, %(now)s, %(now)s, %(expires_at)s,
        %(user_agent)s, %(ip)s);

-- name: find_session
-- The token is the credential, so no organisation is known yet.
SELECT s.org_id, s.session_id, s.account_id, s.last_seen_at, s.expires_at, a.role, a.suspended_at
FROM session s JOIN account a USING (org_id, account_id)
WHERE s.token_hash = %(token_hash)s;

-- name: find_session_by_id
SELECT s.org_id, s.session_id, s.account_id, s.last_seen_at, s.expires_at, a.role, a.suspended_at
FROM session s JOIN account a USING (org_id, account_id)
WHERE s.org_id = %(org_id)s AND s.session_id = %(session_id)s;

-- name: touch_session
UPDATE session SET last_seen_at = %(now)s
WHERE org_id = %(org_id)s AND session_id = %(session_id)s AND last_seen_at < %(now)s;

-- name: list_sessions
SELECT session_id, created_at, last_seen_at, user_agent, ip FROM session
WHERE org_id = %(org_id)s AND account_id = %(account_id)s
  AND expires_at > %(now)s AND last_seen_at > %(idle_since)s
ORDER BY last_seen_at DESC, session_id;

-- name: delete_session
DELETE FROM session
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND session_id = %(session_id)s;

-- name: delete_session_by_token
DELETE FROM session WHERE token_hash = %(token_hash)s;

-- name: delete_sessions_of
DELETE FROM session
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND session_id IS DISTINCT FROM %(kept)s;

-- name: delete_expired
DELETE FROM session WHERE expires_at <= %(now)s OR last_seen_at <= %(idle_since)s;
