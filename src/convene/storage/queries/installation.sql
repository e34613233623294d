-- name: find
SELECT value FROM installation WHERE name = %(name)s;

-- name: insert_if_absent
INSERT INTO installation (name, value) VALUES (%(name)s, %(value)s) ON CONFLICT (name) DO NOTHING;

-- name: put
INSERT INTO installation (name, value) VALUES (%(name)s, %(value)s)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;
