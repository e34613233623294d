-- People as the identity layer keeps them. Connect reads these two tables and never writes them.

-- name: list_people
SELECT account_id AS sub, name, title, pronouns, tzid, role, email, phone, sharing,
    suspended_at IS NOT NULL AS suspended
FROM account WHERE org_id = %(org_id)s AND kind = 'person'
ORDER BY lower(name), account_id

-- name: list_some_people
SELECT account_id AS sub, name, title, pronouns, tzid, role, email, phone, sharing,
    suspended_at IS NOT NULL AS suspended
FROM account WHERE org_id = %(org_id)s AND account_id = ANY (%(account_ids)s)
ORDER BY lower(name), account_id

-- name: find_organization
SELECT org_id, name FROM organization WHERE org_id = %(org_id)s

-- name: list_live_sessions
-- Which of these sessions may still be used.
SELECT session.org_id, session.session_id
FROM session JOIN account USING (org_id, account_id)
WHERE session.session_id = ANY (%(session_ids)s) AND session.expires_at > %(now)s
    AND session.last_seen_at > %(idle_since)s AND account.suspended_at IS NULL
