import { SPEAKS } from '../database/database.ts'

/**
 * Which numbers of a producer have arrived, were refused, or will never come: one row for each run without a
 * hole. As one value for each producer, every batch wrote all of its runs anew: half a second with 200,000.
 */
export const SEQUENCES = `
    CREATE TABLE hub.sequence (
      tenant_id int NOT NULL,
      producer_id text NOT NULL,
      epoch bigint NOT NULL,
      kind text NOT NULL CHECK (kind IN ('received', 'refused', 'skipped')),
      first bigint NOT NULL CHECK (first >= 0),
      last bigint NOT NULL,
      CHECK (first <= last),
      PRIMARY KEY (tenant_id, producer_id, epoch, kind, first)
    );
    INSERT INTO hub.sequence
      SELECT p.tenant_id, p.producer_id, p.epoch, runs.kind, lower(run), upper(run) - 1
      FROM hub.producer p, LATERAL (VALUES ('received', received), ('refused', refused),
        ('skipped', skipped)) AS runs(kind, numbers), unnest(runs.numbers) AS run;
    DROP TRIGGER keep_received ON hub.producer;
    DROP FUNCTION hub.keep_received();
    ALTER TABLE hub.producer DROP COLUMN received, DROP COLUMN refused, DROP COLUMN skipped;

    CREATE FUNCTION hub.keep_received() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
    BEGIN
      -- Runs of one producer do not overlap: what covers the old one is the last that begins before its end.
      IF (SELECT s.first <= OLD.first AND s.last >= OLD.last FROM hub.sequence s
          WHERE (s.tenant_id, s.producer_id, s.epoch, s.kind) =
            (OLD.tenant_id, OLD.producer_id, OLD.epoch, OLD.kind) AND s.first <= OLD.first
          ORDER BY s.first DESC LIMIT 1) THEN
        RETURN NULL;
      END IF;
      RAISE EXCEPTION 'what has arrived of a producer is never taken back' USING ERRCODE = 'check_violation';
    END $$;
    -- After the whole statement: it may replace runs by the one that joins them.
    CREATE TRIGGER keep_received AFTER UPDATE OR DELETE ON hub.sequence
      FOR EACH ROW WHEN (OLD.kind = 'received') EXECUTE FUNCTION hub.keep_received();`

/**
 * A hub of an older program, which still runs next to the one that changed the schema, would answer a batch
 * with numbers with 500. Every version takes this state for a database that is away for a moment: 503 with
 * Retry-After. Only hubs have that application name, so a person's client and a restore are not in the way.
 */
export const OLDER_HUBS = `
    CREATE FUNCTION hub.refuse_older() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
    BEGIN
      RAISE EXCEPTION 'this hub is older than the schema of its database: replace it'
        USING ERRCODE = 'cannot_connect_now';
    END $$;
    CREATE TRIGGER refuse_older BEFORE INSERT OR UPDATE ON hub.producer FOR EACH STATEMENT
      WHEN (current_setting('application_name') = 'spec-kitty-hub'
        AND coalesce(current_setting('hub.${SPEAKS.name}', true), '') <> '${SPEAKS.value}')
      EXECUTE FUNCTION hub.refuse_older();`
