-- Free time that is shown to those who know the share's id, for a few days.

-- name: insert_share
INSERT INTO availability_share (org_id, share_id, account_id, during, any_hour, expires_at, created_at)
VALUES (%(org_id)s, %(share_id)s, %(account_id)s, tstzrange(%(starts_at)s, %(ends_at)s), %(any_hour)s,
    %(expires_at)s, %(now)s);

-- name: find_live
SELECT share_id, account_id, lower(during) AS starts_at, upper(during) AS ends_at, any_hour, expires_at
FROM availability_share
WHERE org_id = %(org_id)s AND share_id = %(share_id)s AND expires_at > %(now)s;

-- name: lock_live
-- Whoever ends the share waits until the booking that rests on it is made, or comes first.
SELECT share_id, account_id, lower(during) AS starts_at, upper(during) AS ends_at, any_hour, expires_at
FROM availability_share
WHERE org_id = %(org_id)s AND share_id = %(share_id)s AND expires_at > %(now)s
FOR SHARE;

-- name: list_live
SELECT share_id, account_id, lower(during) AS starts_at, upper(during) AS ends_at, any_hour, expires_at
FROM availability_share
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND expires_at > %(now)s
ORDER BY expires_at, share_id;

-- name: delete_share
DELETE FROM availability_share
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND share_id = %(share_id)s;

-- name: delete_over
DELETE FROM availability_share
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND expires_at <= %(now)s;
