-- name: list_open
-- The meetings of a link, in a period, that have fewer guests than seats, first made first. Those that were booked before
-- the link had seats are somebody's own: they are never joined.
SELECT b.booking_id, b.starts_at, b.ends_at, count(g.guest_id)::int AS taken
FROM booking b
LEFT JOIN booking_guest g ON g.org_id = b.org_id AND g.booking_id = b.booking_id AND g.left_at IS NULL
WHERE b.org_id = %(org_id)s AND b.link_id = %(link_id)s AND b.state = 'confirmed' AND b.event_details ? 'seats'
  AND b.starts_at >= %(since)s AND b.starts_at < %(until)s AND NOT (b.booking_id = ANY(%(excluded)s))
GROUP BY b.org_id, b.booking_id
HAVING count(g.guest_id) < %(seats)s
ORDER BY b.starts_at, b.created_at, b.booking_id;

-- name: list_seats
-- The guests of a meeting who have not left, in the order in which they came.
SELECT guest_id, name, email, answers FROM booking_guest
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND left_at IS NULL
ORDER BY created_at, guest_id;

-- name: update_seats
UPDATE booking
SET revision = revision + 1, event_details = event_details || %(told)s, reason = %(reason)s,
    changed_by = %(changed_by)s, changed_at = %(now)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;

-- name: leave
UPDATE booking_guest SET left_at = %(now)s, left_reason = %(reason)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND guest_id = %(guest_id)s;

-- name: move_seat
-- To another meeting, under the same address and with everything that the guest has told.
UPDATE booking_guest
SET booking_id = %(to_booking_id)s, manage_token = %(manage_token)s, previous = %(previous)s, rsvp = 'accepted'
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND guest_id = %(guest_id)s;

-- name: note_move
-- Everybody who has a seat is told when the meeting was before.
UPDATE booking_guest SET previous = %(previous)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND left_at IS NULL;
