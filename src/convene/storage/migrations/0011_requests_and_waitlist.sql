-- Requests: what a visitor chose of a link whose hosts want to be asked first. Its time is taken like that of any booking;
-- nothing is written to calendars until a host has accepted.

ALTER TABLE booking DROP CONSTRAINT booking_state_check;
ALTER TABLE booking
    ADD CONSTRAINT booking_state_check CHECK (state IN ('requested', 'confirmed', 'declined', 'cancelled')),
    -- Until when a request waits for an answer; then it is declined by itself.
    ADD COLUMN answer_by timestamptz,
    ADD CONSTRAINT booking_answer_check CHECK ((state = 'requested') = (answer_by IS NOT NULL));
CREATE INDEX booking_answer ON booking (answer_by) WHERE state = 'requested';

ALTER TABLE booking_revision DROP CONSTRAINT booking_revision_action_check;
ALTER TABLE booking_revision ADD CONSTRAINT booking_revision_action_check
    CHECK (action IN ('requested', 'confirmed', 'declined', 'rescheduled', 'cancelled', 'edited'));

-- Connect hears of everything.
UPDATE webhook_subscription SET events = events || '{booking.requested,booking.declined}' WHERE is_internal;
