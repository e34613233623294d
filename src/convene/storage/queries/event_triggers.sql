-- name: delete_triggers
DELETE FROM event_trigger
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND client_id = %(client_id)s AND event_id = %(event_id)s;

-- name: insert_trigger
-- What would have been told before now is not told any more.
INSERT INTO event_trigger (org_id, calendar_id, client_id, event_id, position, url, transition, anchor, offset_seconds,
                           due_at, told_at)
VALUES (%(org_id)s, %(calendar_id)s, %(client_id)s, %(event_id)s, %(position)s, %(url)s, %(transition)s, %(anchor)s,
        %(offset_seconds)s, %(due_at)s, CASE WHEN %(due_at)s <= %(now)s THEN %(now)s::timestamptz END);

-- name: follow_events
-- Events that were read or written anew may have moved. What was told is told again only if it lies ahead again.
UPDATE event_trigger t
SET due_at = m.due_at, told_at = CASE WHEN m.due_at > %(now)s THEN NULL ELSE t.told_at END
FROM (SELECT t.org_id, t.calendar_id, t.client_id, t.event_id, t.position,
             CASE t.anchor WHEN 'start' THEN lower(o.during) ELSE upper(o.during) END
             + t.offset_seconds * interval '1 second' AS due_at
      FROM calendar_event e
      JOIN event_trigger t ON t.org_id = e.org_id AND t.calendar_id = e.calendar_id AND t.client_id = e.client_id
                          AND t.event_id = e.event_id
      JOIN event_occurrence o ON o.org_id = e.org_id AND o.calendar_id = e.calendar_id AND o.remote_id = e.remote_id
      WHERE e.org_id = %(org_id)s AND e.calendar_id = %(calendar_id)s AND e.remote_id = ANY(%(remote_ids)s)
        AND e.client_id IS NOT NULL) m
WHERE t.org_id = m.org_id AND t.calendar_id = m.calendar_id AND t.client_id = m.client_id AND t.event_id = m.event_id
  AND t.position = m.position AND t.due_at <> m.due_at;

-- name: take_due
-- Marks what is due as told, for the one who tells it. Of events that are gone nothing is told.
UPDATE event_trigger t
SET told_at = %(now)s
FROM (SELECT org_id, calendar_id, client_id, event_id, position FROM event_trigger
      WHERE told_at IS NULL AND due_at <= %(now)s
      ORDER BY due_at
      LIMIT %(limit)s
      FOR UPDATE SKIP LOCKED) d
LEFT JOIN calendar_event e ON e.org_id = d.org_id AND e.calendar_id = d.calendar_id AND e.client_id = d.client_id
                          AND e.event_id = d.event_id
LEFT JOIN event_occurrence o ON o.org_id = e.org_id AND o.calendar_id = e.calendar_id AND o.remote_id = e.remote_id
WHERE t.org_id = d.org_id AND t.calendar_id = d.calendar_id AND t.client_id = d.client_id AND t.event_id = d.event_id
  AND t.position = d.position
RETURNING t.org_id, t.calendar_id, t.client_id, t.event_id, t.url, t.transition, t.due_at, e.content, lower(o.during) AS starts_at,
          upper(o.during) AS ends_at;
