-- Places to meet online that the host's calendar service makes with its event (Google Meet, Teams).

CREATE TABLE booking_conference (
    org_id          text NOT NULL,
    booking_id      text NOT NULL,
    -- Whose calendar it is asked of.
    account_id      text NOT NULL,
    provider        text NOT NULL CHECK (provider IN ('google_meet', 'teams')),
    -- asked: the service has not made it so far. made: its link is the booking's. replaced: it will not; the
    -- installation's own provider stands in.
    state           text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'made', 'replaced')),
    asked_at        timestamptz NOT NULL,
    PRIMARY KEY (org_id, booking_id),
    FOREIGN KEY (org_id, booking_id) REFERENCES booking ON DELETE CASCADE
);
