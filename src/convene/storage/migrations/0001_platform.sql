-- The platform's tables: people and keys, calendars, rules, bookings, webhooks, audit.
-- org_id is first in every key, so that an organisation can move to a database of its own.

CREATE TABLE organization (
    org_id      text PRIMARY KEY,
    name        text NOT NULL,
    created_at  timestamptz NOT NULL
);

CREATE TABLE account (
    org_id          text NOT NULL REFERENCES organization,
    account_id      text NOT NULL,
    -- The person's lane in the exclusion constraint of booking_participant.
    lane            bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    email           text NOT NULL,
    name            text NOT NULL,
    title           text NOT NULL DEFAULT '',
    pronouns        text NOT NULL DEFAULT '',
    phone           text NOT NULL DEFAULT '',
    tzid            text NOT NULL,
    role            text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'guest')),
    password_hash   text,
    -- What colleagues see of this person's time.
    sharing         text NOT NULL DEFAULT 'free_busy' CHECK (sharing IN ('free_busy', 'nobody')),
    suspended_at    timestamptz,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (org_id, account_id)
);
CREATE UNIQUE INDEX account_email ON account (lower(email));

CREATE TABLE invitation (
    org_id          text NOT NULL REFERENCES organization,
    invitation_id   text NOT NULL,
    email           text NOT NULL,
    name            text NOT NULL,
    role            text NOT NULL CHECK (role IN ('admin', 'member', 'guest')),
    token_hash      bytea NOT NULL UNIQUE,
    invited_by      text NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    accepted_at     timestamptz,
    revoked_at      timestamptz,
    PRIMARY KEY (org_id, invitation_id)
);

-- The cookie's token is stored as its hash; signing in always makes a new row.
CREATE TABLE session (
    org_id          text NOT NULL,
    session_id      text NOT NULL,
    token_hash      bytea NOT NULL UNIQUE,
    account_id      text NOT NULL,
    created_at      timestamptz NOT NULL,
    last_seen_at    timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    user_agent      text NOT NULL DEFAULT '',
    ip              text NOT NULL DEFAULT '',
    PRIMARY KEY (org_id, session_id),
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE
);
CREATE INDEX session_account ON session (org_id, account_id);

-- Service keys (account_id null: they may act for members if granted) and personal tokens (account_id set).
CREATE TABLE api_key (
    org_id          text NOT NULL REFERENCES organization,
    key_id          text NOT NULL,
    prefix          text NOT NULL UNIQUE,
    secret_hash     bytea NOT NULL,
    name            text NOT NULL,
    grants          text[] NOT NULL,
    account_id      text,
    created_by      text,
    created_at      timestamptz NOT NULL,
    last_used_at    timestamptz,
    revoked_at      timestamptz,
    PRIMARY KEY (org_id, key_id),
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE
);

-- OAuth applications of the Cronofy-compatible surface. Their secret is looked up by hash when it comes as a
-- credential, and sealed because pushes are signed with it.
CREATE TABLE oauth_client (
    org_id          text NOT NULL REFERENCES organization,
    client_id       text NOT NULL UNIQUE,
    name            text NOT NULL,
    secret          bytea NOT NULL,
    secret_hash     bytea NOT NULL UNIQUE,
    redirect_uris   text[] NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (org_id, client_id)
);

-- Access and refresh tokens, hashed. One family is one authorization: it is revoked as a whole.
CREATE TABLE oauth_token (
    org_id          text NOT NULL,
    token_hash      bytea NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('access', 'refresh')),
    family_id       text NOT NULL,
    client_id       text NOT NULL,
    account_id      text NOT NULL,
    scope           text[] NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz,
    revoked_at      timestamptz,
    PRIMARY KEY (org_id, token_hash),
    UNIQUE (token_hash),
    FOREIGN KEY (org_id, client_id) REFERENCES oauth_client ON DELETE CASCADE,
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE
);
CREATE INDEX oauth_token_family ON oauth_token (org_id, family_id);

-- Failed attempts per bucket (sign-in by address and by network address).
CREATE UNLOGGED TABLE rate_bucket (
    bucket          text PRIMARY KEY,
    tokens          double precision NOT NULL,
    refilled_at     timestamptz NOT NULL
);

CREATE TABLE audit (
    org_id      text NOT NULL REFERENCES organization,
    seq         bigint NOT NULL,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    action      text NOT NULL,
    target      text NOT NULL DEFAULT '',
    ip          text NOT NULL DEFAULT '',
    detail      jsonb NOT NULL DEFAULT '{}',
    chain       bytea NOT NULL,
    PRIMARY KEY (org_id, seq)
);
-- The log only grows. Whoever goes around this still breaks the chain of hashes.
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log only grows' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();

CREATE TABLE calendar_connection (
    org_id          text NOT NULL,
    connection_id   text NOT NULL,
    account_id      text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('builtin', 'caldav', 'google', 'microsoft', 'ics')),
    label           text NOT NULL DEFAULT '',
    url             text NOT NULL DEFAULT '',
    username        text NOT NULL DEFAULT '',
    secret          bytea,
    -- What discovery found: principal, home sets, own addresses.
    profile         jsonb NOT NULL DEFAULT '{}',
    state           text NOT NULL CHECK (state IN ('connecting', 'ok', 'delayed', 'rate_limited', 'needs_attention')),
    error_code      text NOT NULL DEFAULT '',
    error_detail    text NOT NULL DEFAULT '',
    error_at        timestamptz,
    attempts        int NOT NULL DEFAULT 0,
    synced_at       timestamptz,
    next_poll_at    timestamptz,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (org_id, connection_id),
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE
);
CREATE INDEX calendar_connection_due ON calendar_connection (next_poll_at) WHERE next_poll_at IS NOT NULL;

CREATE TABLE calendar (
    org_id          text NOT NULL,
    calendar_id     text NOT NULL,
    num             bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    connection_id   text NOT NULL,
    account_id      text NOT NULL,
    remote_id       text NOT NULL DEFAULT '',
    name            text NOT NULL,
    color           text NOT NULL DEFAULT '',
    tzid            text NOT NULL,
    is_writable     boolean NOT NULL,
    -- Counts as busy time; bookings are written to it. One target per account (index below).
    is_checked      boolean NOT NULL,
    is_target       boolean NOT NULL DEFAULT false,
    cursor          jsonb NOT NULL DEFAULT '{}',
    generation      int NOT NULL DEFAULT 0,
    -- Never read successfully: not free.
    first_synced_at timestamptz,
    synced_at       timestamptz,
    -- The newest read of everything, and the first of two reads after which most of it had vanished.
    full_read_at    timestamptz,
    vanished_at     timestamptz,
    expanded_until  timestamptz,
    notices         jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (org_id, calendar_id),
    UNIQUE (org_id, connection_id, remote_id),
    FOREIGN KEY (org_id, connection_id) REFERENCES calendar_connection ON DELETE CASCADE
);
CREATE UNIQUE INDEX calendar_one_target ON calendar (org_id, account_id) WHERE is_target;

-- One row per remote resource: the master and its exceptions as they were received.
CREATE TABLE calendar_event (
    org_id          text NOT NULL,
    calendar_id     text NOT NULL,
    remote_id       text NOT NULL,
    uid             text NOT NULL,
    etag            text NOT NULL DEFAULT '',
    raw             text NOT NULL,
    summary         text NOT NULL DEFAULT '',
    -- Ours, written for a booking: its time is counted through booking_participant, not twice.
    booking_id      text,
    generation      int NOT NULL DEFAULT 0,
    problem         text NOT NULL DEFAULT '',
    PRIMARY KEY (org_id, calendar_id, remote_id),
    FOREIGN KEY (org_id, calendar_id) REFERENCES calendar ON DELETE CASCADE
);
CREATE INDEX calendar_event_booking ON calendar_event (org_id, booking_id) WHERE booking_id IS NOT NULL;

-- What availability reads: UTC ranges per calendar, kept true by sync. Bookings are read from booking_participant.
CREATE TABLE busy_block (
    org_id          text NOT NULL,
    calendar_id     text NOT NULL,
    remote_id       text NOT NULL,
    during          tstzrange NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('busy', 'tentative', 'unknown')),
    calendar_num    bigint NOT NULL,
    FOREIGN KEY (org_id, calendar_id, remote_id) REFERENCES calendar_event ON DELETE CASCADE,
    CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during))
);
CREATE INDEX busy_block_event ON busy_block (org_id, calendar_id, remote_id);
CREATE INDEX busy_block_when ON busy_block
    USING gist (int8range(calendar_num, calendar_num, '[]'), during);

CREATE TABLE availability_rule (
    org_id                  text NOT NULL,
    account_id              text NOT NULL,
    tzid                    text NOT NULL,
    -- [{"day": "monday", "start_time": "09:00", "end_time": "17:30"}]
    weekly_periods          jsonb NOT NULL,
    -- [{"date": "2026-12-24", "periods": []}]
    date_overrides          jsonb NOT NULL DEFAULT '[]',
    buffer_before_minutes   int NOT NULL DEFAULT 0,
    buffer_after_minutes    int NOT NULL DEFAULT 0,
    minimum_notice_minutes  int NOT NULL DEFAULT 60,
    horizon_days            int NOT NULL DEFAULT 60,
    start_interval_minutes  int NOT NULL DEFAULT 30,
    daily_limit             int,
    revision                int NOT NULL DEFAULT 1,
    PRIMARY KEY (org_id, account_id),
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE
);

CREATE TABLE booking (
    org_id          text NOT NULL REFERENCES organization,
    booking_id      text NOT NULL,
    revision        int NOT NULL,
    -- Grows when only a calendar's receipt changes: (revision, sync_revision) orders snapshots.
    sync_revision   int NOT NULL DEFAULT 0,
    state           text NOT NULL CHECK (state IN ('confirmed', 'cancelled')),
    title           text NOT NULL,
    note            text NOT NULL DEFAULT '',
    organizer_id    text NOT NULL,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    -- The organizer's wall clock, with which a changed zone database is reconciled.
    local_start     timestamp NOT NULL,
    tzid            text NOT NULL,
    tzdata_version  text NOT NULL,
    conferencing    jsonb,
    -- The time before the newest move: {"start": ..., "end": ...}
    previous        jsonb,
    reason          text NOT NULL DEFAULT '',
    changed_by      text NOT NULL,
    changed_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    uid             text NOT NULL,
    -- Where it was booked from: {"conversation_id": ...}; handed back in webhooks, never interpreted here.
    origin          jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (org_id, booking_id),
    CHECK (ends_at > starts_at)
);
CREATE UNIQUE INDEX booking_uid ON booking (org_id, uid);

CREATE TABLE booking_participant (
    org_id          text NOT NULL,
    booking_id      text NOT NULL,
    account_id      text NOT NULL,
    lane            bigint NOT NULL,
    role            text NOT NULL CHECK (role IN ('organizer', 'participant')),
    rsvp            text NOT NULL DEFAULT 'accepted',
    during          tstzrange NOT NULL,
    live            boolean NOT NULL DEFAULT true,
    PRIMARY KEY (org_id, booking_id, account_id),
    FOREIGN KEY (org_id, booking_id) REFERENCES booking,
    FOREIGN KEY (org_id, account_id) REFERENCES account,
    CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during))
);

-- The last guard against overlapping meetings of one person. Plain columns where btree_gist can be had,
-- one-value ranges of core PostgreSQL otherwise; both forms pass the same tests.
DO $$
BEGIN
    BEGIN
        CREATE EXTENSION IF NOT EXISTS btree_gist;
    EXCEPTION WHEN OTHERS THEN
        NULL;  -- not shipped, or no right to create it
    END;
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'btree_gist') THEN
        ALTER TABLE booking_participant ADD CONSTRAINT booking_participant_no_overlap
            EXCLUDE USING gist (lane WITH =, during WITH &&) WHERE (live);
    ELSE
        ALTER TABLE booking_participant ADD CONSTRAINT booking_participant_no_overlap
            EXCLUDE USING gist (int8range(lane, lane, '[]') WITH &&, during WITH &&) WHERE (live);
    END IF;
END $$;
CREATE INDEX booking_participant_account ON booking_participant (org_id, account_id, lower(during));

-- Every state a booking has had, newest last: the page's history, and what an old delivery is rebuilt from.
CREATE TABLE booking_revision (
    org_id      text NOT NULL,
    booking_id  text NOT NULL,
    revision    int NOT NULL,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    action      text NOT NULL CHECK (action IN ('confirmed', 'rescheduled', 'cancelled')),
    snapshot    jsonb NOT NULL,
    PRIMARY KEY (org_id, booking_id, revision),
    FOREIGN KEY (org_id, booking_id) REFERENCES booking
);

-- The write-back outbox: one row per participant and booking says what its calendar should hold.
CREATE TABLE booking_write (
    org_id              text NOT NULL,
    booking_id          text NOT NULL,
    account_id          text NOT NULL,
    calendar_id         text,
    remote_id           text NOT NULL DEFAULT '',
    etag                text NOT NULL DEFAULT '',
    desired_revision    int NOT NULL,
    written_revision    int NOT NULL DEFAULT 0,
    -- builtin: nothing to write elsewhere; pending, retrying, written, failed (a person is told).
    state               text NOT NULL CHECK (state IN ('builtin', 'pending', 'retrying', 'written', 'failed')),
    attempts            int NOT NULL DEFAULT 0,
    error_detail        text NOT NULL DEFAULT '',
    next_try_at         timestamptz,
    changed_at          timestamptz NOT NULL,
    PRIMARY KEY (org_id, booking_id, account_id),
    FOREIGN KEY (org_id, booking_id) REFERENCES booking
);
CREATE INDEX booking_write_open ON booking_write (next_try_at) WHERE state IN ('pending', 'retrying');

CREATE TABLE idempotency (
    org_id          text NOT NULL,
    principal       text NOT NULL,
    key             text NOT NULL,
    request_hash    bytea NOT NULL,
    status          int NOT NULL,
    body            jsonb NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (org_id, principal, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE webhook_subscription (
    org_id          text NOT NULL REFERENCES organization,
    webhook_id      text NOT NULL,
    account_id      text,
    url             text NOT NULL,
    events          text[] NOT NULL,
    secret          bytea NOT NULL,
    -- internal: Connect of this very installation, reached in memory when no address is set.
    is_internal     boolean NOT NULL DEFAULT false,
    state           text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled')),
    state_reason    text NOT NULL DEFAULT '',
    failures        int NOT NULL DEFAULT 0,
    first_failure_at timestamptz,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (org_id, webhook_id)
);

CREATE TABLE webhook_delivery (
    org_id          text NOT NULL,
    delivery_id     text NOT NULL,
    webhook_id      text NOT NULL,
    -- The Standard Webhooks id: the same over all retries.
    event_id        text NOT NULL,
    type            text NOT NULL,
    body            text NOT NULL,
    state           text NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts        int NOT NULL DEFAULT 0,
    next_try_at     timestamptz,
    last_status     int,
    last_error      text NOT NULL DEFAULT '',
    last_ms         int,
    last_response   text NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL,
    delivered_at    timestamptz,
    PRIMARY KEY (org_id, delivery_id),
    FOREIGN KEY (org_id, webhook_id) REFERENCES webhook_subscription ON DELETE CASCADE
);
CREATE INDEX webhook_delivery_log ON webhook_delivery (org_id, webhook_id, created_at DESC);
CREATE INDEX webhook_delivery_open ON webhook_delivery (next_try_at) WHERE state = 'pending';

-- Values of this installation: the sealing key's canary, the zone database of stored times.
CREATE TABLE installation (
    name    text PRIMARY KEY,
    value   text NOT NULL
);
