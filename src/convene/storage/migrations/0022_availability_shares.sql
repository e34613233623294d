-- Free time that somebody shows for a few days to those who are told the share's id, whatever they show to everybody:
-- with it others see when its owner is free in the period, and book in it. It holds no times itself.

CREATE TABLE availability_share (
    org_id          text NOT NULL,
    share_id        text NOT NULL,
    account_id      text NOT NULL,
    during          tstzrange NOT NULL,
    -- Also outside the owner's working hours: their calendar alone bounds it.
    any_hour        boolean NOT NULL,
    expires_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (org_id, share_id),
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE,
    CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during))
);
CREATE INDEX availability_share_owner ON availability_share (org_id, account_id, expires_at);
