-- Time off, travel, weekly limits; rules and periods that applications manage; holds; rooms.

ALTER TABLE availability_rule
    ADD COLUMN weekly_limit int,
    -- [{"start": "2026-12-21", "end": "2027-01-02", "note": ""}], the end exclusive; or instants with Z.
    ADD COLUMN time_off jsonb NOT NULL DEFAULT '[]',
    -- [{"start": "2027-03-01", "end": "2027-03-08", "tzid": "Asia/Tokyo"}]: on those dates the hours are read there.
    ADD COLUMN travel jsonb NOT NULL DEFAULT '[]',
    -- Which calendars an application said to count with the rule; null: the checked ones.
    ADD COLUMN calendar_ids text[];

-- Availability rules of an application for an account, all but `default`: that is the account's row of
-- availability_rule.
CREATE TABLE managed_rule (
    org_id                  text NOT NULL,
    account_id              text NOT NULL,
    client_id               text NOT NULL,
    availability_rule_id    text NOT NULL CHECK (length(availability_rule_id) BETWEEN 1 AND 64),
    tzid                    text NOT NULL,
    calendar_ids            text[],
    weekly_periods          jsonb NOT NULL,
    created_at              timestamptz NOT NULL,
    updated_at              timestamptz NOT NULL,
    PRIMARY KEY (org_id, account_id, client_id, availability_rule_id),
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE,
    FOREIGN KEY (org_id, client_id) REFERENCES oauth_client ON DELETE CASCADE
);

-- Single stretches of time that an application has declared available for an account, beside the weekly hours.
CREATE TABLE available_period (
    org_id                  text NOT NULL,
    account_id              text NOT NULL,
    client_id               text NOT NULL,
    available_period_id     text NOT NULL CHECK (length(available_period_id) BETWEEN 1 AND 64),
    during                  tstzrange NOT NULL,
    -- The zones that were sent along with the ends, for `localized_times`.
    start_tzid              text NOT NULL DEFAULT 'Etc/UTC',
    end_tzid                text NOT NULL DEFAULT 'Etc/UTC',
    created_at              timestamptz NOT NULL,
    updated_at              timestamptz NOT NULL,
    PRIMARY KEY (org_id, account_id, client_id, available_period_id),
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE,
    FOREIGN KEY (org_id, client_id) REFERENCES oauth_client ON DELETE CASCADE,
    CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during))
);
CREATE INDEX available_period_when ON available_period (org_id, account_id, client_id, lower(during));

-- Time set aside for a moment: one row per person or room, gone once `expires_at` has passed, swept or not.
-- Busy to everybody but `owner_id`. Taken with the people's accounts locked (see bookings.sql, lock_people).
CREATE TABLE hold (
    org_id          text NOT NULL,
    hold_id         text NOT NULL,
    account_id      text NOT NULL,
    owner_id        text NOT NULL,
    during          tstzrange NOT NULL,
    expires_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (org_id, hold_id, account_id),
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE,
    FOREIGN KEY (org_id, owner_id) REFERENCES account ON DELETE CASCADE,
    CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during))
);
CREATE INDEX hold_account ON hold (org_id, account_id, expires_at);
CREATE INDEX hold_owner ON hold (org_id, owner_id);
CREATE INDEX hold_expiry ON hold (expires_at);

-- What is known of a room beside its account (kind 'resource'), which carries its name, address, zone and lane.
CREATE TABLE resource_detail (
    org_id          text NOT NULL,
    account_id      text NOT NULL,
    seats           int CHECK (seats > 0),
    place           text NOT NULL DEFAULT '',
    equipment       text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (org_id, account_id),
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE
);

-- Rooms take part in bookings by their lane, and are told nothing.
ALTER TABLE booking_participant DROP CONSTRAINT booking_participant_role_check;
ALTER TABLE booking_participant ADD CONSTRAINT booking_participant_role_check
    CHECK (role IN ('organizer', 'participant', 'resource'));
