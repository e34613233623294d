-- Group seats: several guests of one meeting, each with a seat of their own. Series: several meetings of one visit.

ALTER TABLE booking_guest
    -- The filled-in form that took this seat; of the first guest it is the booking's own.
    ADD COLUMN visit_hash  bytea,
    -- Gave up the seat while the meeting goes on. The row stays, because its page has to say so.
    ADD COLUMN left_at     timestamptz,
    ADD COLUMN left_reason text NOT NULL DEFAULT '',
    -- When this guest's meeting was before the newest move, by a host or of the seat alone: {"start": ..., "end": ...}
    ADD COLUMN previous    jsonb;
UPDATE booking_guest g SET visit_hash = b.visit_hash
FROM booking b WHERE b.org_id = g.org_id AND b.booking_id = g.booking_id;
CREATE UNIQUE INDEX booking_guest_visit ON booking_guest (org_id, visit_hash, booking_id) WHERE visit_hash IS NOT NULL;

-- Which meetings of a link begin when: those that can be joined, and how many a day has.
CREATE INDEX booking_link_start ON booking (org_id, link_id, starts_at) WHERE link_id IS NOT NULL;

-- Which of a visit's meetings, where one visit books several of the same kind.
ALTER TABLE booking ADD COLUMN series_index int NOT NULL DEFAULT 0;
DROP INDEX booking_visit;
CREATE UNIQUE INDEX booking_visit ON booking (org_id, link_id, visit_hash, sequence_id, series_index)
    WHERE link_id IS NOT NULL;

-- Guests join and leave a meeting that goes on.
ALTER TABLE booking_revision DROP CONSTRAINT booking_revision_action_check;
ALTER TABLE booking_revision ADD CONSTRAINT booking_revision_action_check CHECK (action ~ '^[a-z_]{1,40}$');
