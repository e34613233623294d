-- Writing into calendars by one worker at a time, whoever asks for another try meanwhile, and calendars that cannot be
-- read as a whole.

-- Until when a worker has a write to itself. `next_try_at` alone cannot tell: a change made meanwhile moves it.
ALTER TABLE booking_write ADD COLUMN leased_until timestamptz;

-- Whole calendars in one resource of which nothing is known: their owners' time is unknown.
CREATE INDEX calendar_event_unknown ON calendar_event (org_id, calendar_id) WHERE problem = 'calendar_unknown';
