-- name: target_service
-- The kind of service that an account's meetings are written to, if it works.
SELECT k.kind
FROM calendar c
JOIN calendar_connection k ON k.org_id = c.org_id AND k.connection_id = c.connection_id
WHERE c.org_id = %(org_id)s AND c.account_id = %(account_id)s AND c.is_target AND k.state = 'ok';

-- name: ask
INSERT INTO booking_conference (org_id, booking_id, account_id, provider, asked_at)
VALUES (%(org_id)s, %(booking_id)s, %(account_id)s, %(provider)s, %(now)s);

-- name: find_asked
SELECT org_id, booking_id, account_id, provider, asked_at
FROM booking_conference
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND state = 'asked';

-- name: close
UPDATE booking_conference SET state = %(state)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND state = 'asked'
RETURNING org_id, booking_id, account_id, provider, asked_at;

-- name: set_place
-- Where a meeting is joined: its time stays.
UPDATE booking
SET revision = revision + 1, conferencing = %(conferencing)s, changed_by = organizer_id, changed_at = %(now)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;
