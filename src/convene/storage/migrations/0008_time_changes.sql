-- How often what availability reads of an account has changed, so that answers which are kept ready can be told to be
-- old: services/availability_cache.py.
--
-- Every statement that changes somebody's time adds a row for each account that it touches, in the same transaction: the
-- row is seen by whoever sees the change, and by nobody else. The version of an account is the sum of `changes`, which
-- grows with every commit whatever the order of commits. Rows are only added here, each under a number of its own, so
-- that nobody waits for anybody and no lock is taken that another transaction may hold: this cannot deadlock. Housekeeping
-- adds up old rows into one, which leaves the sum as it was.

CREATE TABLE time_change (
    org_id      text NOT NULL,
    account_id  text NOT NULL,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    changes     bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (org_id, account_id, id) INCLUDE (changes)
);

-- For tables whose rows name the account.
CREATE FUNCTION note_time_of_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO time_change (org_id, account_id) SELECT DISTINCT org_id, account_id FROM rows_after;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO time_change (org_id, account_id) SELECT DISTINCT org_id, account_id FROM rows_before;
    END IF;
    RETURN NULL;
END $$;

-- For busy_block. Blocks that go because their calendar goes find no calendar any more: its own trigger has told.
CREATE FUNCTION note_time_of_calendars() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO time_change (org_id, account_id)
        SELECT DISTINCT c.org_id, c.account_id
        FROM (SELECT DISTINCT calendar_num FROM rows_after) b JOIN calendar c ON c.num = b.calendar_num;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO time_change (org_id, account_id)
        SELECT DISTINCT c.org_id, c.account_id
        FROM (SELECT DISTINCT calendar_num FROM rows_before) b JOIN calendar c ON c.num = b.calendar_num;
    END IF;
    RETURN NULL;
END $$;

DO $$
DECLARE
    watched text;
    noting text;
BEGIN
    FOREACH watched IN ARRAY ARRAY['busy_block', 'booking_participant', 'hold', 'availability_rule', 'managed_rule',
                                   'available_period'] LOOP
        noting := CASE watched WHEN 'busy_block' THEN 'note_time_of_calendars' ELSE 'note_time_of_accounts' END;
        EXECUTE format('CREATE TRIGGER %1$s_inserted AFTER INSERT ON %1$s REFERENCING NEW TABLE AS rows_after'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION %2$s()', watched, noting);
        EXECUTE format('CREATE TRIGGER %1$s_deleted AFTER DELETE ON %1$s REFERENCING OLD TABLE AS rows_before'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION %2$s()', watched, noting);
        EXECUTE format('CREATE TRIGGER %1$s_updated AFTER UPDATE ON %1$s'
                       ' REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION %2$s()', watched, noting);
    END LOOP;
END $$;

-- For tables of which few rows change, and only some of their columns bear on anybody's time.
CREATE FUNCTION note_time_of_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO time_change (org_id, account_id) VALUES (NEW.org_id, NEW.account_id);
    END IF;
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO time_change (org_id, account_id) VALUES (OLD.org_id, OLD.account_id);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER account_time_updated AFTER UPDATE OF tzid ON account
    FOR EACH ROW WHEN (OLD.tzid <> NEW.tzid) EXECUTE FUNCTION note_time_of_row();

-- `synced_at` moves with every round. It only ever makes a calendar known for longer; answers are kept no longer than the
-- calendars were known for when they were made.
CREATE TRIGGER calendar_added_or_removed AFTER INSERT OR DELETE ON calendar
    FOR EACH ROW EXECUTE FUNCTION note_time_of_row();
CREATE TRIGGER calendar_time_updated AFTER UPDATE ON calendar
    FOR EACH ROW WHEN (OLD.is_checked <> NEW.is_checked OR OLD.account_id <> NEW.account_id OR OLD.num <> NEW.num
                       OR (OLD.first_synced_at IS NULL) <> (NEW.first_synced_at IS NULL)
                       OR (OLD.synced_at IS NULL) <> (NEW.synced_at IS NULL) OR NEW.synced_at < OLD.synced_at)
    EXECUTE FUNCTION note_time_of_row();
CREATE TRIGGER calendar_connection_time_updated AFTER UPDATE OF state, kind ON calendar_connection
    FOR EACH ROW WHEN (OLD.kind <> NEW.kind
                       OR (OLD.state = 'needs_attention') <> (NEW.state = 'needs_attention'))
    EXECUTE FUNCTION note_time_of_row();

-- Which calendar a booking is in.
CREATE TRIGGER booking_write_added AFTER INSERT ON booking_write
    FOR EACH ROW WHEN (NEW.calendar_id IS NOT NULL) EXECUTE FUNCTION note_time_of_row();
CREATE TRIGGER booking_write_removed AFTER DELETE ON booking_write
    FOR EACH ROW WHEN (OLD.calendar_id IS NOT NULL) EXECUTE FUNCTION note_time_of_row();
CREATE TRIGGER booking_write_time_updated AFTER UPDATE OF calendar_id, account_id ON booking_write
    FOR EACH ROW WHEN (OLD.calendar_id IS DISTINCT FROM NEW.calendar_id OR OLD.account_id <> NEW.account_id)
    EXECUTE FUNCTION note_time_of_row();

-- A whole calendar that cannot be read, or can again.
CREATE FUNCTION note_time_of_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    event calendar_event;
BEGIN
    IF TG_OP = 'DELETE' THEN event := OLD; ELSE event := NEW; END IF;
    INSERT INTO time_change (org_id, account_id)
    SELECT c.org_id, c.account_id FROM calendar c
    WHERE c.org_id = event.org_id AND c.calendar_id = event.calendar_id;
    RETURN NULL;
END $$;
CREATE TRIGGER calendar_event_unknown_added AFTER INSERT ON calendar_event
    FOR EACH ROW WHEN (NEW.problem = 'calendar_unknown') EXECUTE FUNCTION note_time_of_event();
CREATE TRIGGER calendar_event_unknown_removed AFTER DELETE ON calendar_event
    FOR EACH ROW WHEN (OLD.problem = 'calendar_unknown') EXECUTE FUNCTION note_time_of_event();
CREATE TRIGGER calendar_event_unknown_updated AFTER UPDATE ON calendar_event
    FOR EACH ROW WHEN ((OLD.problem = 'calendar_unknown') <> (NEW.problem = 'calendar_unknown'))
    EXECUTE FUNCTION note_time_of_event();
