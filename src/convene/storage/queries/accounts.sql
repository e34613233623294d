-- name: insert_organization
INSERT INTO organization (org_id, name, created_at) VALUES (%(org_id)s, %(name)s, %(now)s);

-- name: get_organization
SELECT org_id, name, created_at FROM organization WHERE org_id = %(org_id)s;

-- name: oldest_organization
SELECT org_id, name, created_at FROM organization ORDER BY created_at, org_id LIMIT 1;

-- name: list_organizations
SELECT org_id, name, created_at FROM organization ORDER BY created_at, org_id;

-- name: lock_organizations
LOCK TABLE organization IN SHARE ROW EXCLUSIVE MODE;

-- name: lock_organization
-- NO KEY: foreign keys of other tables may still be checked against the row meanwhile.
SELECT org_id, name, created_at FROM organization WHERE org_id = %(org_id)s FOR NO KEY UPDATE;

-- name: insert_account
-- INSERT, never an upsert: an address that is taken must fail, not merge into somebody's account.
INSERT INTO account (org_id, account_id, email, name, title, pronouns, phone, tzid, role, password_hash, created_at)
VALUES (%(org_id)s, %(account_id)s, %(email)s, %(name)s, %(title)s, %(pronouns)s, %(phone)s, %(tzid)s, %(role)s,
        %(password_hash)s, %(now)s);

-- name: find_account
SELECT org_id, account_id, email, name, title, pronouns, phone, tzid, role, password_hash, sharing, suspended_at,
       created_at
FROM account WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND kind = 'person';

-- name: lock_account_against_change
SELECT org_id, account_id, email, name, title, pronouns, phone, tzid, role, password_hash, sharing, suspended_at,
       created_at
FROM account WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND kind = 'person' FOR SHARE;

-- name: find_account_by_email
-- For sign-in: the one statement that looks across organisations by address.
SELECT org_id, account_id, email, name, title, pronouns, phone, tzid, role, password_hash, sharing, suspended_at,
       created_at
FROM account WHERE lower(email) = lower(%(email)s) AND kind = 'person';

-- name: find_account_anywhere
-- For the command line, which acts for the whole installation.
SELECT org_id, account_id, email, name, title, pronouns, phone, tzid, role, password_hash, sharing, suspended_at,
       created_at
FROM account WHERE account_id = %(account_id)s AND kind = 'person';

-- name: list_accounts
SELECT org_id, account_id, email, name, title, pronouns, phone, tzid, role, password_hash, sharing, suspended_at,
       created_at
FROM account WHERE org_id = %(org_id)s AND kind = 'person' ORDER BY lower(name), account_id;

-- name: update_profile
UPDATE account
SET name = %(name)s, title = %(title)s, pronouns = %(pronouns)s, phone = %(phone)s, tzid = %(tzid)s,
    sharing = %(sharing)s
WHERE org_id = %(org_id)s AND account_id = %(account_id)s;

-- name: update_password
UPDATE account SET password_hash = %(password_hash)s
WHERE org_id = %(org_id)s AND account_id = %(account_id)s;

-- name: replace_password_hash
-- A stronger hash of the same password, unless the password was changed meanwhile.
UPDATE account SET password_hash = %(password_hash)s
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND password_hash = %(old_hash)s;

-- name: update_role
UPDATE account SET role = %(role)s WHERE org_id = %(org_id)s AND account_id = %(account_id)s;

-- name: update_suspended
UPDATE account SET suspended_at = %(suspended_at)s WHERE org_id = %(org_id)s AND account_id = %(account_id)s;

-- name: count_other_owners
SELECT count(*) AS found FROM account
WHERE org_id = %(org_id)s AND role = 'owner' AND suspended_at IS NULL AND account_id <> %(account_id)s;

-- name: list_names
SELECT account_id, name FROM account WHERE org_id = %(org_id)s AND account_id = ANY(%(account_ids)s);
