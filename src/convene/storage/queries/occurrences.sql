-- name: bury_occurrences
-- Occurrences of these resources that are not among those to come leave the calendar, and a mark for readers of changes.
-- What only fell out of the moving window (it ended before `window_start`) leaves none. Before new details are stored.
WITH gone AS (
    DELETE FROM event_occurrence o
    WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND remote_id = ANY(%(remote_ids)s)
      AND NOT EXISTS (SELECT FROM unnest(%(kept)s::text[]) AS k (event_uid) WHERE k.event_uid = o.event_uid)
    RETURNING *
), buried AS (
    INSERT INTO deleted_event (org_id, calendar_id, event_uid, client_id, event_id, summary, during, start_date, end_date,
                               kind, is_recurring, created_at, deleted_at)
    SELECT g.org_id, g.calendar_id, g.event_uid, e.client_id, e.event_id,
           coalesce(e.details -> g.component ->> 'summary', ''), g.during, g.start_date, g.end_date, g.kind,
           coalesce((e.details -> g.component ->> 'is_recurring')::boolean, false), g.created_at, %(now)s
    FROM gone g
    JOIN calendar_event e ON e.org_id = g.org_id AND e.calendar_id = g.calendar_id AND e.remote_id = g.remote_id
    WHERE upper(g.during) > %(window_start)s AND e.booking_id IS NULL
      -- What a link wrote for somebody who does not take part is told as the booking that it was.
      AND NOT EXISTS (SELECT FROM booking b
                      JOIN booking_write w ON w.org_id = b.org_id AND w.booking_id = b.booking_id
                      WHERE b.org_id = e.org_id AND b.uid = e.uid AND w.calendar_id = e.calendar_id)
    ON CONFLICT (org_id, calendar_id, event_uid) DO UPDATE
    SET client_id = excluded.client_id, event_id = excluded.event_id, summary = excluded.summary,
        during = excluded.during, start_date = excluded.start_date, end_date = excluded.end_date, kind = excluded.kind,
        is_recurring = excluded.is_recurring, created_at = excluded.created_at, deleted_at = excluded.deleted_at
    RETURNING client_id
)
SELECT count(*) AS changed, array_agg(DISTINCT client_id) FILTER (WHERE client_id IS NOT NULL) AS clients FROM buried;

-- name: store_occurrences
-- Only what is told differently counts as changed. What comes back is deleted no more.
WITH stored AS (
    INSERT INTO event_occurrence AS o (org_id, calendar_id, event_uid, remote_id, component, during, start_date, end_date,
                                       kind, digest, created_at, updated_at, calendar_num)
    SELECT %(org_id)s, %(calendar_id)s, n.event_uid, n.remote_id, n.component, tstzrange(n.starts_at, n.ends_at, '[]'),
           n.start_date, n.end_date, n.kind, n.digest, coalesce(n.created_at, %(now)s), %(now)s, %(calendar_num)s
    FROM unnest(%(event_uids)s::text[], %(remote_ids)s::text[], %(components)s::int[], %(starts)s::timestamptz[],
                %(ends)s::timestamptz[], %(start_dates)s::date[], %(end_dates)s::date[], %(kinds)s::text[],
                %(digests)s::bytea[], %(created)s::timestamptz[])
         AS n (event_uid, remote_id, component, starts_at, ends_at, start_date, end_date, kind, digest, created_at)
    ON CONFLICT (org_id, calendar_id, event_uid) DO UPDATE
    SET remote_id = excluded.remote_id, component = excluded.component, during = excluded.during,
        start_date = excluded.start_date, end_date = excluded.end_date, kind = excluded.kind, digest = excluded.digest,
        updated_at = CASE WHEN o.digest = excluded.digest THEN o.updated_at ELSE excluded.updated_at END
    WHERE o.digest <> excluded.digest OR o.component <> excluded.component OR o.remote_id <> excluded.remote_id
    RETURNING o.event_uid, o.remote_id, o.updated_at = %(now)s AS is_changed
), revived AS (
    DELETE FROM deleted_event d USING stored s
    WHERE d.org_id = %(org_id)s AND d.calendar_id = %(calendar_id)s AND d.event_uid = s.event_uid
)
SELECT count(*) AS changed, array_agg(DISTINCT e.client_id) FILTER (WHERE e.client_id IS NOT NULL) AS clients
FROM stored s
JOIN calendar_event e ON e.org_id = %(org_id)s AND e.calendar_id = %(calendar_id)s AND e.remote_id = s.remote_id
WHERE s.is_changed AND e.booking_id IS NULL;

-- name: prune_deleted
DELETE FROM deleted_event WHERE deleted_at < %(before)s;
