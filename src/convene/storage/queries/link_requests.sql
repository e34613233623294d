-- name: mark_requested
UPDATE booking SET state = 'requested', answer_by = least(%(answer_by)s::timestamptz, starts_at)
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;

-- name: list_visit_of
-- The bookings of the visit that a booking came of, first meeting first.
SELECT o.booking_id
FROM booking b
JOIN booking o ON o.org_id = b.org_id AND o.link_id = b.link_id AND o.visit_hash = b.visit_hash
WHERE b.org_id = %(org_id)s AND b.booking_id = %(booking_id)s
ORDER BY o.starts_at, o.booking_id;

-- name: answer
UPDATE booking
SET revision = revision + 1, state = %(state)s, answer_by = NULL, previous = NULL, reason = %(reason)s,
    changed_by = %(changed_by)s, changed_at = %(now)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;

-- name: hold_writes
-- Which calendars a request will be written to; nothing is due there.
UPDATE booking_write SET next_try_at = NULL WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;

-- name: delete_writes
DELETE FROM booking_write WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;

-- name: give_back_use
UPDATE scheduling_link
SET uses = greatest(uses - 1, 0), status = CASE status WHEN 'completed' THEN 'open' ELSE status END,
    revision = revision + 1, changed_at = %(now)s
WHERE org_id = %(org_id)s AND link_id = %(link_id)s;

-- name: list_unanswered
-- Requests of all organisations that nobody has answered in time.
SELECT org_id, booking_id FROM booking
WHERE state = 'requested' AND answer_by <= %(now)s
ORDER BY answer_by
LIMIT 200;
