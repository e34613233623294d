-- Feeds of people's own calendars: addresses at which calendar programs read them without signing in.

CREATE TABLE calendar_feed (
    org_id          text NOT NULL,
    feed_id         text NOT NULL,
    account_id      text NOT NULL,
    name            text NOT NULL,
    -- busy: when its owner is not free, and nothing else. full: what their meetings are called, where and with whom.
    detail          text NOT NULL CHECK (detail IN ('busy', 'full')),
    -- Also what lies in the calendars that its owner has connected.
    with_calendars  boolean NOT NULL,
    -- The secret of the address: sealed for its owner to see again, hashed to be found by.
    token           bytea NOT NULL,
    token_hash      bytea NOT NULL UNIQUE,
    created_at      timestamptz NOT NULL,
    -- When its present address was made, and when that was last read.
    renewed_at      timestamptz NOT NULL,
    read_at         timestamptz,
    PRIMARY KEY (org_id, feed_id),
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE
);
CREATE INDEX calendar_feed_account ON calendar_feed (org_id, account_id);
