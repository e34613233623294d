-- name: lease_write
-- Take one due write until a moment, so that no other worker writes the same event meanwhile.
UPDATE booking_write SET next_try_at = %(until)s, leased_until = %(until)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND account_id = %(account_id)s
  AND state IN ('pending', 'retrying') AND next_try_at <= %(now)s
  AND (leased_until IS NULL OR leased_until <= %(now)s)
RETURNING org_id, booking_id, account_id, calendar_id, remote_id, etag, desired_revision, written_revision, state,
          attempts, changed_at, leased_until;

-- name: finish_write
-- The outcome of a leased write. If `next_try_at` is no longer the end of the lease, something happened meanwhile (a
-- newer revision, a wish to try again, or another worker because this one was too slow): what the calendar holds is
-- looked at once more before anything is said to be written. Nothing is left to say of a write that was detached.
UPDATE booking_write w
SET state = CASE WHEN f.is_overtaken THEN 'pending' ELSE %(state)s END,
    next_try_at = CASE WHEN f.is_overtaken THEN %(now)s ELSE %(next_try_at)s END,
    attempts = CASE WHEN f.is_overtaken THEN 0 ELSE %(attempts)s END,
    leased_until = CASE WHEN w.leased_until = %(leased_until)s THEN NULL ELSE w.leased_until END,
    written_revision = %(written_revision)s, remote_id = %(remote_id)s, etag = %(etag)s,
    error_detail = %(error_detail)s,
    changed_at = CASE WHEN w.state <> %(state)s OR f.is_overtaken THEN %(now)s ELSE w.changed_at END
FROM (SELECT org_id, booking_id, account_id,
             desired_revision > %(revision)s OR next_try_at IS DISTINCT FROM %(leased_until)s AS is_overtaken
      FROM booking_write
      WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND account_id = %(account_id)s
      FOR UPDATE) f
WHERE w.org_id = f.org_id AND w.booking_id = f.booking_id AND w.account_id = f.account_id AND w.state <> 'builtin'
RETURNING w.state;

-- name: bump_sync_revision
UPDATE booking SET sync_revision = sync_revision + 1
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;

-- name: list_overdue
SELECT org_id, booking_id, account_id FROM booking_write
WHERE state IN ('pending', 'retrying') AND next_try_at <= %(now)s
  AND (leased_until IS NULL OR leased_until <= %(now)s)
ORDER BY next_try_at
LIMIT %(limit)s;

-- name: wake_writes
-- A connection works again: what waits for it is tried at once. Rows in one order, as whoever locks several of them.
UPDATE booking_write w SET next_try_at = %(now)s
FROM (SELECT o.org_id, o.booking_id, o.account_id FROM booking_write o
      JOIN calendar c ON c.org_id = o.org_id AND c.calendar_id = o.calendar_id
      WHERE o.org_id = %(org_id)s AND c.connection_id = %(connection_id)s AND o.state = 'retrying'
        AND o.next_try_at > %(now)s
      ORDER BY o.booking_id, o.account_id
      FOR UPDATE OF o) due
WHERE w.org_id = due.org_id AND w.booking_id = due.booking_id AND w.account_id = due.account_id;

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
SET state = 'builtin', calendar_id = NULL, remote_id = '', etag = '', error_detail = '', next_try_at = NULL,
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
