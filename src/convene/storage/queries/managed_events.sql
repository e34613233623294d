-- name: set_managed
UPDATE calendar_event SET client_id = %(client_id)s, event_id = %(event_id)s, content = %(content)s
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND remote_id = %(remote_id)s;

-- name: find_managed
-- An event by the name that its application gave it. The calendar is locked.
SELECT remote_id, uid, etag, raw, client_id, event_id, content, details, booking_id, problem
FROM calendar_event
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND client_id = %(client_id)s AND event_id = %(event_id)s;

-- name: find_told
-- An event by the name under which readers know one of its occurrences.
SELECT e.remote_id, e.uid, e.etag, e.raw, e.client_id, e.event_id, e.content, e.details, e.booking_id, e.problem
FROM event_occurrence o
JOIN calendar_event e ON e.org_id = o.org_id AND e.calendar_id = o.calendar_id AND e.remote_id = o.remote_id
WHERE o.org_id = %(org_id)s AND o.calendar_id = %(calendar_id)s AND o.event_uid = %(event_uid)s;

-- name: list_managed
-- Everything that an application manages in a calendar. The calendar is locked.
SELECT remote_id, uid, etag, raw, client_id, event_id, content, details, booking_id, problem
FROM calendar_event
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND client_id = %(client_id)s
ORDER BY remote_id;
