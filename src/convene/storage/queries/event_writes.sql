-- name: put_write
-- What a place shall hold from now on. A change that is not yet written is overtaken by a newer one of its application,
-- and joined with one that only edits somebody else's event.
INSERT INTO event_write AS w (org_id, calendar_id, remote_id, account_id, uid, client_id, event_id, is_removed, content,
                              desired_revision, state, next_try_at, changed_at)
VALUES (%(org_id)s, %(calendar_id)s, %(remote_id)s, %(account_id)s, %(uid)s, %(client_id)s, %(event_id)s,
        %(is_removed)s, %(content)s, 1, 'pending', %(now)s, %(now)s)
ON CONFLICT (org_id, calendar_id, remote_id) DO UPDATE
SET desired_revision = w.desired_revision + 1, state = 'pending', next_try_at = excluded.next_try_at, attempts = 0,
    error_detail = '', changed_at = excluded.changed_at, is_removed = excluded.is_removed, uid = excluded.uid,
    client_id = coalesce(excluded.client_id, w.client_id), event_id = coalesce(excluded.event_id, w.event_id),
    content = CASE WHEN excluded.client_id IS NULL AND w.state IN ('pending', 'retrying') AND NOT w.is_removed
                   THEN w.content || excluded.content ELSE excluded.content END;

-- name: list_ahead
-- Places where our rows are ahead of the calendar: to be written, or written after a round began to read.
SELECT remote_id FROM event_write
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s
  AND (state IN ('pending', 'retrying') OR changed_at > %(since)s);

-- name: adopt_managed
-- What lies at a place again that an application wrote to, such as after a deletion that was refused, is still its event.
UPDATE calendar_event e SET client_id = w.client_id, event_id = w.event_id, content = w.content
FROM event_write w
WHERE e.org_id = %(org_id)s AND e.calendar_id = %(calendar_id)s AND e.remote_id = ANY(%(remote_ids)s)
  AND e.client_id IS NULL AND w.org_id = e.org_id AND w.calendar_id = e.calendar_id AND w.remote_id = e.remote_id
  AND w.uid = e.uid AND w.client_id IS NOT NULL;

-- name: forget_etag
-- What lies at this place is read anew, whatever its version.
UPDATE calendar_event SET etag = ''
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND remote_id = %(remote_id)s;

-- name: prune_written
DELETE FROM event_write WHERE state IN ('written', 'failed') AND changed_at < %(before)s;
