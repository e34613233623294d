-- name: try_lock
-- One at a time: two at once would wait for each other's rows in any order.
SELECT pg_try_advisory_xact_lock(hashtext('convene.time_change')) AS is_mine;

-- name: fold
-- The sum per account stays the same, and whoever reads meanwhile sees either all of the old rows or the new one.
WITH newest AS (
    SELECT org_id, account_id, max(id) AS id FROM time_change GROUP BY org_id, account_id HAVING count(*) > 1
), gone AS (
    DELETE FROM time_change t USING newest n
    WHERE t.org_id = n.org_id AND t.account_id = n.account_id AND t.id < n.id
    RETURNING t.org_id, t.account_id, t.changes
), summed AS (
    SELECT org_id, account_id, sum(changes) AS changes FROM gone GROUP BY org_id, account_id
)
UPDATE time_change t SET changes = t.changes + s.changes
FROM summed s JOIN newest n USING (org_id, account_id)
WHERE t.org_id = n.org_id AND t.account_id = n.account_id AND t.id = n.id;
