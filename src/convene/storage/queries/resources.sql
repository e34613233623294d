-- name: insert_account
INSERT INTO account (org_id, account_id, kind, email, name, tzid, role, created_at)
VALUES (%(org_id)s, %(account_id)s, 'resource', %(email)s, %(name)s, %(tzid)s, 'guest', %(now)s);

-- name: insert_detail
INSERT INTO resource_detail (org_id, account_id, seats, place, equipment)
VALUES (%(org_id)s, %(account_id)s, %(seats)s, %(place)s, %(equipment)s);

-- name: list_resources
SELECT a.account_id, a.name, a.email, a.tzid, d.seats, coalesce(d.place, '') AS place,
       coalesce(d.equipment, '{}') AS equipment, a.created_at
FROM account a LEFT JOIN resource_detail d USING (org_id, account_id)
WHERE a.org_id = %(org_id)s AND a.kind = 'resource' AND a.suspended_at IS NULL
ORDER BY lower(a.name), a.account_id;

-- name: find_resource
SELECT a.account_id, a.name, a.email, a.tzid, d.seats, coalesce(d.place, '') AS place,
       coalesce(d.equipment, '{}') AS equipment, a.created_at
FROM account a LEFT JOIN resource_detail d USING (org_id, account_id)
WHERE a.org_id = %(org_id)s AND a.account_id = %(account_id)s AND a.kind = 'resource' AND a.suspended_at IS NULL;

-- name: lock_resource
SELECT account_id FROM account
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND kind = 'resource' AND suspended_at IS NULL
FOR NO KEY UPDATE;

-- name: update_account
UPDATE account SET name = %(name)s, email = %(email)s, tzid = %(tzid)s
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND kind = 'resource';

-- name: update_detail
UPDATE resource_detail SET seats = %(seats)s, place = %(place)s, equipment = %(equipment)s
WHERE org_id = %(org_id)s AND account_id = %(account_id)s;

-- name: retire
-- Meetings go on naming the room; its address is free for another one.
UPDATE account SET suspended_at = %(now)s, email = account_id || '@retired.invalid'
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND kind = 'resource';

-- name: release_holds
DELETE FROM hold WHERE org_id = %(org_id)s AND account_id = %(account_id)s;
