-- The life of a write towards a remote calendar, the same for every outbox: {table} is its name, {match} says which row,
-- {key} names the columns of its key and {columns} what a lease returns.

-- name: lease_write
-- Take one due write until a moment, so that no other worker writes the same event meanwhile.
UPDATE {table} SET next_try_at = %(until)s, leased_until = %(until)s
WHERE {match} AND state IN ('pending', 'retrying') AND next_try_at <= %(now)s
  AND (leased_until IS NULL OR leased_until <= %(now)s)
RETURNING {columns};

-- name: finish_write
-- The outcome of a leased write. If `next_try_at` is no longer the end of the lease, something happened meanwhile (a
-- newer revision, a wish to try again, or another worker because this one was too slow): what the calendar holds is
-- looked at once more before anything is said to be written. Nothing is left to say of a write that was detached.
UPDATE {table} w
SET state = CASE WHEN f.is_overtaken THEN 'pending' ELSE %(state)s END,
    next_try_at = CASE WHEN f.is_overtaken THEN %(now)s ELSE %(next_try_at)s END,
    attempts = CASE WHEN f.is_overtaken THEN 0 ELSE %(attempts)s END,
    leased_until = CASE WHEN w.leased_until = %(leased_until)s THEN NULL ELSE w.leased_until END,
    written_revision = %(written_revision)s, remote_id = %(remote_id)s, etag = %(etag)s,
    error_detail = %(error_detail)s,
    changed_at = CASE WHEN w.state <> %(state)s OR f.is_overtaken THEN %(now)s ELSE w.changed_at END
FROM (SELECT {key},
             desired_revision > %(revision)s OR next_try_at IS DISTINCT FROM %(leased_until)s AS is_overtaken
      FROM {table} WHERE {match}
      FOR UPDATE) f
WHERE ({key_of_w}) = ({key_of_f}) AND w.state <> 'builtin'
RETURNING w.state;

-- name: list_overdue
SELECT {key} FROM {table}
WHERE state IN ('pending', 'retrying') AND next_try_at <= %(now)s
  AND (leased_until IS NULL OR leased_until <= %(now)s)
ORDER BY next_try_at
LIMIT %(limit)s;

-- name: wake_writes
-- A connection works again: what waits for it is tried at once. Rows in one order, as whoever locks several of them.
UPDATE {table} w SET next_try_at = %(now)s
FROM (SELECT {key_of_o} FROM {table} o
      JOIN calendar c ON c.org_id = o.org_id AND c.calendar_id = o.calendar_id
      WHERE o.org_id = %(org_id)s AND c.connection_id = %(connection_id)s AND o.state = 'retrying'
        AND o.next_try_at > %(now)s
      ORDER BY {key_of_o}
      FOR UPDATE OF o) f
WHERE ({key_of_w}) = ({key_of_f});
