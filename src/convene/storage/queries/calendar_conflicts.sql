-- name: open_conflict
-- One question at a time: a newer edit replaces what is asked, and keeps what differed before.
INSERT INTO calendar_conflict (org_id, conflict_id, booking_id, account_id, connection_id, connection_label,
                               calendar_name, kind, fields, ours, theirs, is_proposal, seen_at)
VALUES (%(org_id)s, %(conflict_id)s, %(booking_id)s, %(account_id)s, %(connection_id)s, %(connection_label)s,
        %(calendar_name)s, %(kind)s, %(fields)s, %(ours)s, %(theirs)s, %(is_proposal)s, %(seen_at)s)
ON CONFLICT (org_id, booking_id, account_id) WHERE state = 'open' DO UPDATE
SET kind = excluded.kind, fields = excluded.fields, ours = excluded.ours, theirs = excluded.theirs,
    is_proposal = excluded.is_proposal, seen_at = excluded.seen_at, connection_id = excluded.connection_id,
    connection_label = excluded.connection_label, calendar_name = excluded.calendar_name
RETURNING conflict_id;

-- name: list_conflicts
-- What a person may decide or has seen decided: in their own calendars, and what others propose of their meetings. An open
-- question about a meeting that is off or over is none any more.
SELECT f.org_id, f.conflict_id, f.booking_id, b.title, f.account_id, p.name AS account_name, f.connection_id,
       f.connection_label, f.calendar_name, f.kind, f.fields, f.ours, f.theirs, f.is_proposal, f.seen_at, f.state,
       f.resolution, f.resolved_at, f.resolved_by
FROM calendar_conflict f
JOIN booking b ON b.org_id = f.org_id AND b.booking_id = f.booking_id
JOIN account p ON p.org_id = f.org_id AND p.account_id = f.account_id
WHERE f.org_id = %(org_id)s
  AND EXISTS (SELECT FROM booking_participant o WHERE o.org_id = f.org_id AND o.booking_id = f.booking_id
                                                  AND o.account_id = %(account_id)s)
  AND (f.account_id = %(account_id)s OR f.is_proposal)
  AND f.state = %(state)s
  AND (f.state = 'resolved' OR (b.state = 'confirmed' AND b.ends_at > %(now)s))
ORDER BY f.seen_at DESC, f.conflict_id
LIMIT %(limit)s;

-- name: get_conflict
SELECT f.org_id, f.conflict_id, f.booking_id, b.title, f.account_id, p.name AS account_name, f.connection_id,
       f.connection_label, f.calendar_name, f.kind, f.fields, f.ours, f.theirs, f.is_proposal, f.seen_at, f.state,
       f.resolution, f.resolved_at, f.resolved_by
FROM calendar_conflict f
JOIN booking b ON b.org_id = f.org_id AND b.booking_id = f.booking_id
JOIN account p ON p.org_id = f.org_id AND p.account_id = f.account_id
WHERE f.org_id = %(org_id)s AND f.conflict_id = %(conflict_id)s
  AND EXISTS (SELECT FROM booking_participant o WHERE o.org_id = f.org_id AND o.booking_id = f.booking_id
                                                  AND o.account_id = %(account_id)s)
  AND (f.account_id = %(account_id)s OR f.is_proposal);

-- name: resolve_conflict
UPDATE calendar_conflict
SET state = 'resolved', resolution = %(resolution)s, resolved_at = %(now)s, resolved_by = %(resolved_by)s
WHERE org_id = %(org_id)s AND conflict_id = %(conflict_id)s AND state = 'open';

-- name: is_deletion_open
SELECT EXISTS (SELECT FROM calendar_conflict
               WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND account_id = %(account_id)s
                 AND kind = 'deleted' AND state = 'open') AS is_open;

-- name: close_of_connection
-- A calendar that is gone asks nothing any more: the meetings stay as they are booked.
UPDATE calendar_conflict
SET state = 'resolved', resolution = 'ours', resolved_at = %(now)s, resolved_by = %(resolved_by)s
WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s AND state = 'open';

-- name: list_proposals
-- The open wish of each booking for another time, the newest if there are several.
SELECT DISTINCT ON (f.booking_id) f.booking_id, f.conflict_id, f.account_id, p.name, f.theirs ->> 'start' AS start,
       f.theirs ->> 'end' AS "end"
FROM calendar_conflict f
JOIN account p ON p.org_id = f.org_id AND p.account_id = f.account_id
WHERE f.org_id = %(org_id)s AND f.booking_id = ANY(%(booking_ids)s) AND f.state = 'open' AND f.is_proposal
ORDER BY f.booking_id, f.seen_at DESC;

-- name: close_deletion
-- The event is there again: its owner has answered by bringing it back.
UPDATE calendar_conflict
SET state = 'resolved', resolution = 'ours', resolved_at = %(now)s, resolved_by = %(account_id)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND account_id = %(account_id)s
  AND kind = 'deleted' AND state = 'open';
