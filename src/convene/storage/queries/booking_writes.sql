-- name: bump_sync_revision
UPDATE booking SET sync_revision = sync_revision + 1
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;

-- name: retry_writes
-- A person wants what failed or waits to be tried now. The caller has locked the booking.
UPDATE booking_write
SET state = CASE WHEN state = 'failed' THEN 'pending' ELSE state END,
    changed_at = CASE WHEN state = 'failed' THEN %(now)s ELSE changed_at END,
    next_try_at = %(now)s, attempts = 0
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND state IN ('failed', 'retrying')
RETURNING org_id, booking_id, account_id;

-- name: list_placed
-- The events of bookings to come that lie in a connection's calendars.
SELECT w.booking_id, w.account_id, w.calendar_id, w.remote_id, w.etag, c.remote_id AS calendar_remote_id, b.uid
FROM booking_write w
JOIN calendar c ON c.org_id = w.org_id AND c.calendar_id = w.calendar_id
JOIN booking b ON b.org_id = w.org_id AND b.booking_id = w.booking_id
WHERE w.org_id = %(org_id)s AND c.connection_id = %(connection_id)s AND b.ends_at > %(now)s
ORDER BY b.starts_at;

-- name: detach_writes
-- A connection goes away: its meetings stay booked and live in the built-in calendar.
UPDATE booking_write w
SET state = 'builtin', calendar_id = NULL, remote_id = '', etag = '', base = NULL, error_detail = '', next_try_at = NULL,
    leased_until = NULL, attempts = 0, changed_at = %(now)s
FROM (SELECT o.org_id, o.booking_id, o.account_id FROM booking_write o
      JOIN calendar c ON c.org_id = o.org_id AND c.calendar_id = o.calendar_id
      WHERE o.org_id = %(org_id)s AND c.connection_id = %(connection_id)s
      ORDER BY o.booking_id, o.account_id
      FOR UPDATE OF o) gone
WHERE w.org_id = gone.org_id AND w.booking_id = gone.booking_id AND w.account_id = gone.account_id;

-- name: list_own
-- Which of these iCalendar UIDs are those of an account's own bookings, and where they were written.
SELECT b.booking_id, b.uid, b.state, b.title, b.starts_at, b.ends_at, coalesce(w.calendar_id, '') AS calendar_id,
       coalesce(w.remote_id, '') AS remote_id, coalesce(w.etag, '') AS etag, coalesce(w.state, '') AS write_state
FROM booking b
JOIN booking_participant p ON p.org_id = b.org_id AND p.booking_id = b.booking_id AND p.account_id = %(account_id)s
LEFT JOIN booking_write w ON w.org_id = b.org_id AND w.booking_id = b.booking_id AND w.account_id = p.account_id
WHERE b.org_id = %(org_id)s AND b.uid = ANY(%(uids)s);

-- name: list_own_at
-- The account's bookings to come that were written at these places of a calendar.
SELECT b.booking_id, b.uid, b.state, b.title, b.starts_at, b.ends_at, w.calendar_id, w.remote_id, w.etag,
       w.state AS write_state
FROM booking_write w
JOIN booking b ON b.org_id = w.org_id AND b.booking_id = w.booking_id
WHERE w.org_id = %(org_id)s AND w.calendar_id = %(calendar_id)s AND w.remote_id = ANY(%(remote_ids)s)
  AND b.state = 'confirmed' AND b.ends_at > %(now)s;

-- name: get_copy
-- One participant's copy, with what is held of its event since the newest read ('' and null if nothing is).
SELECT w.org_id, w.booking_id, w.account_id, coalesce(w.calendar_id, '') AS calendar_id, w.remote_id, w.etag, w.state,
       w.desired_revision, w.written_revision, w.base, w.keeps_text, w.leased_until,
       coalesce(e.etag, '') AS held_etag, e.remote_id IS NOT NULL AS is_held
FROM booking_write w
LEFT JOIN calendar_event e ON e.org_id = w.org_id AND e.calendar_id = w.calendar_id AND e.remote_id = w.remote_id
WHERE w.org_id = %(org_id)s AND w.booking_id = %(booking_id)s AND w.account_id = %(account_id)s;

-- name: set_base
-- What the calendar holds and we have taken into account.
UPDATE booking_write SET base = %(base)s, etag = coalesce(%(etag)s, etag), keeps_text = coalesce(%(keeps_text)s, keeps_text)
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND account_id = %(account_id)s AND state <> 'builtin';

-- name: rewrite
-- The calendar shall hold the booking as it is, whatever it holds now.
UPDATE booking_write
SET state = 'pending', next_try_at = %(now)s, attempts = 0, error_detail = '', changed_at = %(now)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND account_id = %(account_id)s AND state <> 'builtin'
RETURNING org_id, booking_id, account_id;

-- name: wait_for_owner
-- Nothing is written before the owner of the calendar has decided.
UPDATE booking_write
SET state = 'failed', next_try_at = NULL, attempts = 0, error_detail = %(detail)s, changed_at = %(now)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND account_id = %(account_id)s AND state <> 'builtin';

-- name: count_copies
-- How many meetings to come lie in a calendar.
SELECT count(*)::int AS count
FROM booking_write w
JOIN booking b ON b.org_id = w.org_id AND b.booking_id = w.booking_id
WHERE w.org_id = %(org_id)s AND w.calendar_id = %(calendar_id)s AND w.remote_id <> '' AND b.state = 'confirmed'
  AND b.ends_at > %(now)s;

-- name: list_coming
-- The meetings to come that lie in a connection's calendars, the next first.
SELECT b.booking_id, b.title, b.starts_at, b.ends_at, count(*) OVER ()::int AS total
FROM booking_write w
JOIN calendar c ON c.org_id = w.org_id AND c.calendar_id = w.calendar_id
JOIN booking b ON b.org_id = w.org_id AND b.booking_id = w.booking_id
WHERE w.org_id = %(org_id)s AND c.connection_id = %(connection_id)s AND b.state = 'confirmed' AND b.ends_at > %(now)s
ORDER BY b.starts_at, b.booking_id
LIMIT %(limit)s;
