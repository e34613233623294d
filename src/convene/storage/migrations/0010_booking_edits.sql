-- What a meeting says may change while its time stays: applications write their events anew.

ALTER TABLE booking_revision DROP CONSTRAINT booking_revision_action_check;
ALTER TABLE booking_revision ADD CONSTRAINT booking_revision_action_check
    CHECK (action IN ('confirmed', 'rescheduled', 'cancelled', 'edited'));
