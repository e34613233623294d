-- name: insert_invitation
INSERT INTO invitation (org_id, invitation_id, email, name, role, token_hash, invited_by, created_at, expires_at)
VALUES (%(org_id)s, %(invitation_id)s, %(email)s, %(name)s, %(role)s, %(token_hash)s, %(invited_by)s, %(now)s,
        %(expires_at)s);

-- name: revoke_open_for_email
-- A new invitation replaces an open one: only the newest address works.
UPDATE invitation SET revoked_at = %(now)s
WHERE org_id = %(org_id)s AND lower(email) = lower(%(email)s) AND accepted_at IS NULL AND revoked_at IS NULL;

-- name: list_open
SELECT i.org_id, i.invitation_id, i.email, i.name, i.role, i.invited_by, i.created_at, i.expires_at,
       o.name AS organization
FROM invitation i JOIN organization o USING (org_id)
WHERE i.org_id = %(org_id)s AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > %(now)s
ORDER BY i.created_at DESC, i.invitation_id;

-- name: find_open
SELECT i.org_id, i.invitation_id, i.email, i.name, i.role, i.invited_by, i.created_at, i.expires_at,
       o.name AS organization
FROM invitation i JOIN organization o USING (org_id)
WHERE i.token_hash = %(token_hash)s AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > %(now)s;

-- name: accept
-- Single use: whoever's UPDATE touches the row first has it.
UPDATE invitation SET accepted_at = %(now)s
WHERE org_id = %(org_id)s AND invitation_id = %(invitation_id)s
  AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > %(now)s;

-- name: revoke
UPDATE invitation SET revoked_at = %(now)s
WHERE org_id = %(org_id)s AND invitation_id = %(invitation_id)s AND accepted_at IS NULL AND revoked_at IS NULL;
