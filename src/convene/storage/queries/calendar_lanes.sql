-- name: hint
INSERT INTO calendar_lane AS l (org_id, calendar_id, hints) VALUES (%(org_id)s, %(calendar_id)s, 1)
ON CONFLICT (org_id, calendar_id) DO UPDATE SET hints = l.hints + 1;

-- name: begin
-- No row comes back while somebody else reads.
INSERT INTO calendar_lane AS l (org_id, calendar_id, reader, leased_until)
VALUES (%(org_id)s, %(calendar_id)s, %(reader)s, %(until)s)
ON CONFLICT (org_id, calendar_id) DO UPDATE SET reader = excluded.reader, leased_until = excluded.leased_until
WHERE l.leased_until IS NULL OR l.leased_until <= %(now)s
RETURNING hints, heard;

-- name: extend
UPDATE calendar_lane SET leased_until = %(until)s
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND reader = %(reader)s;

-- name: finish
-- Whoever took the turn over meanwhile keeps it; what this reader has heard counts either way.
UPDATE calendar_lane
SET heard = greatest(heard, coalesce(%(heard)s::bigint, heard)),
    reader = CASE WHEN reader = %(reader)s THEN '' ELSE reader END,
    leased_until = CASE WHEN reader = %(reader)s THEN NULL ELSE leased_until END
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s
RETURNING hints > heard AS is_waiting;

-- name: is_waiting
SELECT hints > heard AS is_waiting FROM calendar_lane
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s;

-- name: waiting
-- Hints whose read was lost with a process. No organisation: the sweep serves them all. Accounts that fail are read as a
-- whole when their next try is due.
SELECT c.org_id, c.connection_id, c.calendar_id
FROM calendar_lane l
JOIN calendar c ON c.org_id = l.org_id AND c.calendar_id = l.calendar_id
JOIN calendar_connection n ON n.org_id = c.org_id AND n.connection_id = c.connection_id
WHERE l.hints > l.heard AND (l.leased_until IS NULL OR l.leased_until <= %(now)s)
  AND (c.is_checked OR c.is_target) AND n.state = 'ok' AND (n.throttle_until IS NULL OR n.throttle_until <= %(now)s)
ORDER BY c.num
LIMIT %(limit)s;

-- name: throttle
UPDATE calendar_connection SET throttle_until = greatest(throttle_until, %(until)s)
WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s;

-- name: throttled_until
SELECT throttle_until FROM calendar_connection
WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s AND throttle_until > %(now)s;
