-- Free time that people share in conversations. The message tells that there is a share, for which days and until when;
-- the times are here alone, starts and ends and nothing else, so that ending a share empties one row and leaves nothing
-- in any log.

ALTER TABLE connect.message DROP CONSTRAINT message_kind_check;
ALTER TABLE connect.message ADD CONSTRAINT message_kind_check
    CHECK (kind IN ('text', 'booking_card', 'notice', 'availability_share'));

CREATE TABLE connect.availability_share (
    org_id           text NOT NULL,
    message_id       text NOT NULL,
    conversation_id  text NOT NULL,
    -- Whose time it is.
    account_id       text NOT NULL,
    -- The platform's name for this person's consent; told to nobody.
    consent_id       text NOT NULL,
    tzid             text NOT NULL,
    starts_at        timestamptz NOT NULL,
    ends_at          timestamptz NOT NULL,
    duration_minutes int NOT NULL,
    any_hour         boolean NOT NULL,
    -- [{"start", "end"}]: when the person was free as of `as_of`. Empty once it is over.
    free             jsonb NOT NULL,
    as_of            timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    revoked_at       timestamptz,
    PRIMARY KEY (org_id, message_id),
    FOREIGN KEY (org_id, message_id) REFERENCES connect.message
);
CREATE INDEX availability_share_owner ON connect.availability_share (org_id, account_id, created_at);
CREATE INDEX availability_share_full ON connect.availability_share (expires_at) WHERE free <> '[]';
