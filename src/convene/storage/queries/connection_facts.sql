-- name: list_facts
-- What the owner of an account is shown beside its state. Events are counted during the first reading only, while people
-- watch.
SELECT n.connection_id,
       count(c.calendar_id) FILTER (WHERE c.is_checked OR c.is_target)::int AS calendars,
       count(c.calendar_id) FILTER (WHERE (c.is_checked OR c.is_target) AND c.first_synced_at IS NOT NULL)::int
           AS calendars_read,
       CASE WHEN n.state = 'connecting' THEN (SELECT count(*) FROM calendar e_c
            JOIN calendar_event e ON e.org_id = e_c.org_id AND e.calendar_id = e_c.calendar_id
            WHERE e_c.org_id = n.org_id AND e_c.connection_id = n.connection_id)::int ELSE 0 END AS events_read,
       (SELECT count(*) FROM calendar w_c
        JOIN booking_write w ON w.org_id = w_c.org_id AND w.calendar_id = w_c.calendar_id
        WHERE w_c.org_id = n.org_id AND w_c.connection_id = n.connection_id
          AND w.state IN ('pending', 'retrying'))::int AS waiting_writes
FROM calendar_connection n
LEFT JOIN calendar c ON c.org_id = n.org_id AND c.connection_id = n.connection_id
WHERE n.org_id = %(org_id)s AND n.connection_id = ANY(%(connection_ids)s)
GROUP BY n.org_id, n.connection_id;
