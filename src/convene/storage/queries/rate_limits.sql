-- name: take
-- A token bucket in one statement: no row comes back when there is no whole token left.
INSERT INTO rate_bucket AS b (bucket, tokens, refilled_at)
VALUES (%(bucket)s, %(capacity)s::float8 - 1, %(now)s)
ON CONFLICT (bucket) DO UPDATE
SET tokens = least(%(capacity)s::float8, b.tokens + %(per_second)s::float8
                   * greatest(extract(epoch FROM excluded.refilled_at - b.refilled_at)::float8, 0)) - 1,
    refilled_at = greatest(b.refilled_at, excluded.refilled_at)
WHERE least(%(capacity)s::float8, b.tokens + %(per_second)s::float8
            * greatest(extract(epoch FROM excluded.refilled_at - b.refilled_at)::float8, 0)) >= 1
RETURNING tokens;

-- name: level
SELECT tokens + %(per_second)s::float8 * greatest(extract(epoch FROM %(now)s - refilled_at)::float8, 0) AS tokens
FROM rate_bucket WHERE bucket = %(bucket)s;

-- name: give_back
UPDATE rate_bucket SET tokens = least(%(capacity)s::float8, tokens + 1) WHERE bucket = %(bucket)s;

-- name: delete_idle
DELETE FROM rate_bucket WHERE refilled_at < %(before)s;
