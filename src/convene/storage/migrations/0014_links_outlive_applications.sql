-- A link outlives the application that made it: guests keep what they booked through it. Such a link has neither a client
-- nor an account, and reads as disabled (queries/links.sql).

ALTER TABLE scheduling_link DROP CONSTRAINT scheduling_link_org_id_client_id_fkey;
ALTER TABLE scheduling_link DROP CONSTRAINT scheduling_link_check1;
ALTER TABLE scheduling_link
    ADD CONSTRAINT scheduling_link_client FOREIGN KEY (org_id, client_id) REFERENCES oauth_client
        ON DELETE SET NULL (client_id),
    ADD CONSTRAINT scheduling_link_maker CHECK (client_id IS NULL OR account_id IS NULL);
CREATE INDEX scheduling_link_of_client ON scheduling_link (org_id, client_id) WHERE client_id IS NOT NULL;
