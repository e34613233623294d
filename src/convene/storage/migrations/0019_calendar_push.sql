-- Being told by calendar services that something changed, one reader per calendar, and accounts that are asked to wait.

-- Until when an account's service asked us to wait. Nobody sleeps for it: what is due meanwhile becomes due then.
ALTER TABLE calendar_connection ADD COLUMN throttle_until timestamptz;

-- The lane of a calendar: who reads it now, and whether somebody said since the last read began that it changed.
-- A table of its own, because the calendar's row is held while a round is stored and whoever brings a hint must not wait.
CREATE TABLE calendar_lane (
    org_id          text NOT NULL,
    calendar_id     text NOT NULL,
    -- Hints ever received, and how many of them had come when the newest complete read began.
    hints           bigint NOT NULL DEFAULT 0,
    heard           bigint NOT NULL DEFAULT 0,
    -- Whose turn it is until when; a reader that dies loses it by time.
    reader          text NOT NULL DEFAULT '',
    leased_until    timestamptz,
    PRIMARY KEY (org_id, calendar_id),
    FOREIGN KEY (org_id, calendar_id) REFERENCES calendar ON DELETE CASCADE
);
CREATE INDEX calendar_lane_waiting ON calendar_lane (org_id, calendar_id) WHERE hints > heard;

-- What is known of push for a calendar. Without a row nobody has asked its service yet.
CREATE TABLE calendar_push (
    org_id          text NOT NULL,
    calendar_id     text NOT NULL,
    state           text NOT NULL CHECK (state IN ('active', 'unsupported', 'failing')),
    error_code      text NOT NULL DEFAULT '',
    attempts        int NOT NULL DEFAULT 0,
    -- When a channel was last opened, and since when none can be.
    opened_at       timestamptz,
    failing_since   timestamptz,
    -- When it is looked after next: renewed, or asked for again.
    next_at         timestamptz NOT NULL,
    -- A poll found what no channel had told; and how often in a row that stayed so.
    unannounced_at  timestamptz,
    misses          int NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, calendar_id),
    FOREIGN KEY (org_id, calendar_id) REFERENCES calendar ON DELETE CASCADE
);
CREATE INDEX calendar_push_due ON calendar_push (next_at);

-- Channels: the addresses of ours at which a service tells of a calendar. Of two, the newer one serves.
CREATE TABLE calendar_channel (
    -- Chosen here, known to the service, and what a notification names. No organisation: strangers name nothing else.
    channel_id      text PRIMARY KEY,
    org_id          text NOT NULL,
    calendar_id     text NOT NULL,
    token_hash      bytea NOT NULL,
    -- What the service calls it; empty while the service is being asked.
    remote_id       text NOT NULL DEFAULT '',
    opened_at       timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    replaced_at     timestamptz,
    notified_at     timestamptz,
    FOREIGN KEY (org_id, calendar_id) REFERENCES calendar ON DELETE CASCADE
);
CREATE INDEX calendar_channel_calendar ON calendar_channel (org_id, calendar_id);
