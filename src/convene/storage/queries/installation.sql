-- name: find
SELECT value FROM installation WHERE name = %(name)s;

-- name: insert_if_absent
INSERT INTO installation (name, value) VALUES (%(name)s, %(value)s) ON CONFLICT (name) DO NOTHING;

-- name: put
INSERT INTO installation (name, value) VALUES (%(name)s, %(value)s)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: facts
-- What `convene doctor` tells about the database itself.
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS version_number,
       clock_timestamp() AS now,
       EXISTS (SELECT FROM pg_constraint WHERE conname = 'booking_participant_no_overlap') AS has_guard,
       EXISTS (SELECT FROM pg_extension WHERE extname = 'btree_gist') AS has_btree_gist;

-- name: live_workers
SELECT count(*)::int AS found FROM procrastinate_workers WHERE last_heartbeat > now() - interval '60 seconds';
