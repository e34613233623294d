-- name: list_busy
-- One probe of the index per checked calendar. Bookings are no part of this: they are read from booking_participant.
SELECT c.account_id, lower(b.during) AS starts_at, upper(b.during) AS ends_at, b.kind
FROM calendar c
JOIN busy_block b
  ON int8range(b.calendar_num, b.calendar_num, '[]') && int8range(c.num, c.num, '[]')
 AND b.during && tstzrange(%(start)s, %(end)s)
WHERE c.org_id = %(org_id)s AND c.account_id = ANY(%(account_ids)s) AND c.is_checked
ORDER BY c.account_id, lower(b.during), upper(b.during);

-- name: list_known
SELECT remote_id, etag FROM calendar_event
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s;

-- name: list_texts
SELECT remote_id, raw FROM calendar_event
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND remote_id = ANY(%(remote_ids)s);

-- name: list_expandable
-- What a moving window can change: repeating resources, and those that had no time inside the old window.
SELECT remote_id, uid, etag, raw, summary, booking_id, generation, problem FROM calendar_event e
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s
  AND (raw ~ '(RRULE|RDATE)'
       OR NOT EXISTS (SELECT FROM busy_block b WHERE b.org_id = e.org_id AND b.calendar_id = e.calendar_id
                                                 AND b.remote_id = e.remote_id)
          AND NOT EXISTS (SELECT FROM event_occurrence o WHERE o.org_id = e.org_id AND o.calendar_id = e.calendar_id
                                                           AND o.remote_id = e.remote_id));

-- name: upsert_events
-- What was said about a resource that cannot be read any more is kept, as its time is.
INSERT INTO calendar_event (org_id, calendar_id, remote_id, uid, etag, raw, summary, booking_id, generation, problem,
                            details)
SELECT %(org_id)s, %(calendar_id)s, e.remote_id, e.uid, e.etag, e.raw, e.summary, e.booking_id, %(generation)s, e.problem,
       e.details
FROM unnest(%(remote_ids)s::text[], %(uids)s::text[], %(etags)s::text[], %(raws)s::text[], %(summaries)s::text[],
            %(booking_ids)s::text[], %(problems)s::text[], %(details)s::jsonb[])
     AS e (remote_id, uid, etag, raw, summary, booking_id, problem, details)
ON CONFLICT (org_id, calendar_id, remote_id) DO UPDATE
SET uid = excluded.uid, etag = excluded.etag, raw = excluded.raw, summary = excluded.summary,
    booking_id = excluded.booking_id, generation = excluded.generation, problem = excluded.problem,
    details = CASE WHEN excluded.problem = '' THEN excluded.details ELSE calendar_event.details END;

-- name: clear_blocks
DELETE FROM busy_block
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND remote_id = ANY(%(remote_ids)s);

-- name: insert_blocks
INSERT INTO busy_block (org_id, calendar_id, remote_id, during, kind, calendar_num)
SELECT %(org_id)s, %(calendar_id)s, b.remote_id, tstzrange(b.starts_at, b.ends_at), b.kind, %(calendar_num)s
FROM unnest(%(remote_ids)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[], %(kinds)s::text[])
     AS b (remote_id, starts_at, ends_at, kind);

-- name: list_blocks
SELECT remote_id, lower(during) AS starts_at, upper(during) AS ends_at, kind FROM busy_block
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND remote_id = ANY(%(remote_ids)s);

-- name: delete_events
DELETE FROM calendar_event
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND remote_id = ANY(%(remote_ids)s);

-- name: list_busy_hash
-- A digest of a calendar's busy time: tells whether a round changed anything that others may see.
SELECT coalesce(md5(string_agg(lower(during)::text || upper(during)::text || kind, ',' ORDER BY during, kind)), '')
       || EXISTS (SELECT FROM calendar_event WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s
                                               AND problem = 'calendar_unknown')::text AS digest
FROM busy_block
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s;

-- name: count_future
-- Resources with time still to come: all of them, and those among `remote_ids`.
SELECT count(DISTINCT remote_id) AS total,
       count(DISTINCT remote_id) FILTER (WHERE remote_id = ANY(%(remote_ids)s)) AS named
FROM busy_block
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND upper(during) > %(now)s;
