-- The newest snapshot of each booking, as webhooks brought it, and where its card stands.

-- name: lock_booking
-- One writer per booking, also while there is no row to lock yet.
SELECT pg_advisory_xact_lock(hashtextextended(%(org_id)s || '/' || %(booking_id)s, 0))

-- name: find_booking
SELECT revision, sync_revision, snapshot FROM connect.booking
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s

-- name: upsert_booking
INSERT INTO connect.booking AS held (org_id, booking_id, revision, sync_revision, snapshot, starts_at, ends_at, state)
VALUES (%(org_id)s, %(booking_id)s, %(revision)s, %(sync_revision)s, %(snapshot)s, %(starts_at)s, %(ends_at)s,
    %(state)s)
ON CONFLICT (org_id, booking_id) DO UPDATE SET revision = excluded.revision,
    sync_revision = excluded.sync_revision, snapshot = excluded.snapshot, starts_at = excluded.starts_at,
    ends_at = excluded.ends_at, state = excluded.state
WHERE (held.revision, held.sync_revision) < (excluded.revision, excluded.sync_revision)

-- name: delete_booking_people
DELETE FROM connect.booking_person WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s

-- name: insert_booking_people
INSERT INTO connect.booking_person (org_id, account_id, booking_id, ends_at)
SELECT %(org_id)s, account_id, %(booking_id)s, %(ends_at)s
FROM unnest(%(account_ids)s::text[]) AS account_id

-- name: list_upcoming
SELECT b.snapshot
FROM connect.booking_person p JOIN connect.booking b USING (org_id, booking_id)
WHERE p.org_id = %(org_id)s AND p.account_id = %(account_id)s AND p.ends_at > %(now)s AND b.state NOT IN ('cancelled', 'declined')
    AND (%(with_id)s::text IS NULL OR EXISTS (SELECT FROM connect.booking_person other
        WHERE other.org_id = p.org_id AND other.booking_id = p.booking_id AND other.account_id = %(with_id)s))
ORDER BY b.starts_at, b.booking_id LIMIT 3

-- name: list_card_locations
SELECT conversation_id, message_id FROM connect.card_location
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s
ORDER BY conversation_id

-- name: insert_card_location
INSERT INTO connect.card_location (org_id, booking_id, conversation_id, message_id)
VALUES (%(org_id)s, %(booking_id)s, %(conversation_id)s, %(message_id)s)

-- name: insert_seen_delivery
INSERT INTO connect.seen_delivery (org_id, event_id, at) VALUES (%(org_id)s, %(event_id)s, %(at)s)
ON CONFLICT DO NOTHING

-- name: delete_old_deliveries
DELETE FROM connect.seen_delivery WHERE at < %(before)s
