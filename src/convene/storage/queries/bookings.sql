-- name: lock_people
-- The one order in which everybody takes these locks: accounts by lane, then calendars by number, then the booking.
SELECT account_id, lane, kind, name, tzid, role, sharing, suspended_at
FROM account
WHERE org_id = %(org_id)s AND account_id = ANY(%(account_ids)s)
ORDER BY lane
FOR NO KEY UPDATE;

-- name: list_people
SELECT account_id, lane, kind, name, tzid, role, sharing, suspended_at
FROM account
WHERE org_id = %(org_id)s AND account_id = ANY(%(account_ids)s)
ORDER BY lane;

-- name: lock_calendars
-- Sync takes the same lock before it changes busy time, so "re-read busy, then insert" is atomic against it.
SELECT num
FROM calendar
WHERE org_id = %(org_id)s AND account_id = ANY(%(account_ids)s)
ORDER BY num
FOR NO KEY UPDATE;

-- name: lock_booking
SELECT org_id, booking_id, revision, sync_revision, state, title, note, organizer_id, starts_at, ends_at, local_start,
       tzid, tzdata_version, conferencing, previous, reason, changed_by, changed_at, created_at, uid, origin,
       link_id, sequence_id, event_id, event_details, answer_by
FROM booking
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s
FOR UPDATE;

-- name: find_booking
SELECT org_id, booking_id, revision, sync_revision, state, title, note, organizer_id, starts_at, ends_at, local_start,
       tzid, tzdata_version, conferencing, previous, reason, changed_by, changed_at, created_at, uid, origin,
       link_id, sequence_id, event_id, event_details, answer_by
FROM booking
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;

-- name: insert_booking
INSERT INTO booking (org_id, booking_id, revision, state, title, note, organizer_id, starts_at, ends_at, local_start,
                     tzid, tzdata_version, conferencing, changed_by, changed_at, created_at, uid, origin)
VALUES (%(org_id)s, %(booking_id)s, 1, 'confirmed', %(title)s, %(note)s, %(organizer_id)s, %(starts_at)s, %(ends_at)s,
        %(local_start)s, %(tzid)s, %(tzdata_version)s, %(conferencing)s, %(organizer_id)s, %(now)s, %(now)s, %(uid)s,
        %(origin)s);

-- name: insert_participants
-- All rows in one statement, sorted by lane; a row that would overlap is left out, and the caller counts.
-- People who were suspended keep their place in the meeting, but it takes none of their time.
INSERT INTO booking_participant (org_id, booking_id, account_id, lane, role, during, live)
SELECT %(org_id)s, %(booking_id)s, p.account_id, p.lane, p.role, tstzrange(%(starts_at)s, %(ends_at)s), p.is_here
FROM unnest(%(account_ids)s::text[], %(lanes)s::bigint[], %(roles)s::text[], %(are_here)s::boolean[])
     AS p (account_id, lane, role, is_here)
ORDER BY p.lane
ON CONFLICT DO NOTHING;

-- name: delete_participants
DELETE FROM booking_participant WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;

-- name: release_participants
UPDATE booking_participant SET live = false WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;

-- name: move_booking
UPDATE booking
SET revision = revision + 1, starts_at = %(starts_at)s, ends_at = %(ends_at)s, local_start = %(local_start)s,
    tzdata_version = %(tzdata_version)s, previous = %(previous)s, reason = %(reason)s, changed_by = %(changed_by)s,
    changed_at = %(now)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;

-- name: cancel_booking
UPDATE booking
SET revision = revision + 1, state = 'cancelled', answer_by = NULL, previous = NULL, reason = %(reason)s,
    changed_by = %(changed_by)s, changed_at = %(now)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;

-- name: insert_revision
INSERT INTO booking_revision (org_id, booking_id, revision, at, actor, action, snapshot)
VALUES (%(org_id)s, %(booking_id)s, %(revision)s, %(now)s, %(actor)s, %(action)s, %(snapshot)s);

-- name: list_revisions
SELECT r.revision, r.at, r.actor, coalesce(a.name, '') AS actor_name, r.action, r.snapshot
FROM booking_revision r
LEFT JOIN account a ON a.org_id = r.org_id AND a.account_id = r.actor
WHERE r.org_id = %(org_id)s AND r.booking_id = %(booking_id)s
ORDER BY r.revision;

-- name: list_participants
SELECT p.booking_id, p.account_id, a.name, a.tzid, p.role, p.rsvp,
       w.state AS calendar_state, coalesce(c.name, '') AS calendar_name,
       coalesce(w.error_detail, '') AS calendar_detail, w.changed_at AS calendar_changed_at,
       coalesce(n.kind, '') AS calendar_service,
       CASE WHEN w.state = 'retrying' THEN w.next_try_at END AS calendar_next_try_at
FROM booking_participant p
JOIN account a ON a.org_id = p.org_id AND a.account_id = p.account_id
LEFT JOIN booking_write w ON w.org_id = p.org_id AND w.booking_id = p.booking_id AND w.account_id = p.account_id
LEFT JOIN calendar c ON c.org_id = w.org_id AND c.calendar_id = w.calendar_id
LEFT JOIN calendar_connection n ON n.org_id = c.org_id AND n.connection_id = c.connection_id
WHERE p.org_id = %(org_id)s AND p.booking_id = ANY(%(booking_ids)s) AND p.role <> 'resource'
ORDER BY p.booking_id, p.role, p.lane;

-- name: list_rooms
SELECT p.booking_id, p.account_id, a.name
FROM booking_participant p
JOIN account a ON a.org_id = p.org_id AND a.account_id = p.account_id
WHERE p.org_id = %(org_id)s AND p.booking_id = ANY(%(booking_ids)s) AND p.role = 'resource'
ORDER BY p.booking_id, lower(a.name), p.lane;

-- name: update_location
UPDATE booking SET event_details = jsonb_set(event_details, '{location}', to_jsonb(%(location)s::text))
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;

-- name: list_bookings
SELECT b.org_id, b.booking_id, b.revision, b.sync_revision, b.state, b.title, b.note, b.organizer_id,
       b.starts_at, b.ends_at, b.local_start, b.tzid, b.tzdata_version, b.conferencing, b.previous, b.reason,
       b.changed_by, b.changed_at, b.created_at, b.uid, b.origin, b.link_id, b.sequence_id, b.event_id, b.event_details,
       b.answer_by
FROM booking b
JOIN booking_participant p ON p.org_id = b.org_id AND p.booking_id = b.booking_id
WHERE b.org_id = %(org_id)s AND p.account_id = %(account_id)s
  AND b.starts_at < %(until)s AND b.ends_at > %(since)s
ORDER BY b.starts_at, b.booking_id
LIMIT %(limit)s;

-- name: list_meetings
-- Live meetings of several people that touch a period: their busy time, and what daily limits count.
SELECT p.account_id, p.booking_id, lower(p.during) AS starts_at, upper(p.during) AS ends_at
FROM booking_participant p
WHERE p.org_id = %(org_id)s AND p.account_id = ANY(%(account_ids)s) AND p.live
  AND lower(p.during) < %(until)s AND p.during && tstzrange(%(since)s, %(until)s)
  AND p.booking_id IS DISTINCT FROM %(excluded_booking)s
ORDER BY lower(p.during);

-- name: upsert_writes
-- What each participant's calendar should hold from now on, and what further calendars do that a booking link writes
-- to. A place once written to is kept for the booking's life.
INSERT INTO booking_write (org_id, booking_id, account_id, calendar_id, desired_revision, state, next_try_at, changed_at)
SELECT p.org_id, p.booking_id, p.account_id, c.calendar_id, %(revision)s,
       CASE WHEN k.kind IS NULL OR k.kind = 'builtin' THEN 'builtin' ELSE 'pending' END,
       CASE WHEN k.kind IS NULL OR k.kind = 'builtin' THEN NULL ELSE %(now)s::timestamptz END, %(now)s
FROM (SELECT org_id, booking_id, account_id FROM booking_participant
      WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND role <> 'resource'
      UNION
      SELECT org_id, booking_id, account_id FROM booking_write
      WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s) p
LEFT JOIN calendar c ON c.org_id = p.org_id AND c.account_id = p.account_id AND c.is_target
LEFT JOIN calendar_connection k ON k.org_id = c.org_id AND k.connection_id = c.connection_id
ON CONFLICT (org_id, booking_id, account_id) DO UPDATE
SET desired_revision = excluded.desired_revision,
    state = CASE WHEN booking_write.state = 'builtin' THEN 'builtin' ELSE 'pending' END,
    next_try_at = CASE WHEN booking_write.state = 'builtin' THEN NULL ELSE excluded.changed_at END,
    attempts = 0, error_detail = '', changed_at = excluded.changed_at
RETURNING account_id, calendar_id, state;

-- name: set_rsvp
UPDATE booking_participant SET rsvp = %(rsvp)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND account_id = %(account_id)s AND rsvp <> %(rsvp)s;

-- name: update_text
-- What a meeting says: its time stays.
UPDATE booking
SET revision = revision + 1, title = %(title)s, note = %(note)s,
    event_details = CASE WHEN %(location)s::text IS NULL THEN event_details
                         ELSE jsonb_set(event_details, '{location}', to_jsonb(%(location)s::text)) END,
    changed_by = %(changed_by)s, changed_at = %(now)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;
