import { APPLICATION_ROLE } from '../database/database.ts'
import { OLDER_HUBS, SEQUENCES } from './sequences.ts'
import { TELLING } from './telling.ts'

export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
}

/** Makes a table invisible except for rows of the tenant of the transaction. FORCE binds the owner too;
 * the owner's own policy is the only exception, and the application is never the owner. A later owner gets
 * a policy in `ensureOperator`. */
function isolated(table: string): string {
  return `
    ALTER TABLE hub.${table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE hub.${table} FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant ON hub.${table} TO ${APPLICATION_ROLE}
      USING (tenant_id = nullif(current_setting('hub.tenant', true), '')::int)
      WITH CHECK (tenant_id = nullif(current_setting('hub.tenant', true), '')::int);
    CREATE POLICY operator ON hub.${table} TO CURRENT_USER USING (true) WITH CHECK (true);`
}

/** What `hub.generation()` raises until the new history of the server has a generation. */
export const HISTORY_CHANGED = 'SKH01'

/**
 * Numbered, forward only; a number that was released never changes.
 *
 * An event's place is (generation, tx, idx): the transaction that stored it and its place in that
 * batch. A sequence would be assigned before the commit, so a reader could pass a number whose
 * transaction commits later; of transactions below the snapshot's xmin nothing can appear any more.
 * The generation rises when the transaction ids may have gone back: a backup was restored, into this cluster
 * or another one, or a replica took over. The history (cluster and timeline) tells.
 *
 * `event_key` knows every id for ever, also when retention has dropped the partition of its event;
 * `dropped` knows the last place that retention has removed of a tenant.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    name: 'tenants, tokens and events',
    sql: `
    CREATE TABLE hub.state (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      generation int NOT NULL DEFAULT 1,
      instance_id uuid NOT NULL DEFAULT gen_random_uuid()
    );
    INSERT INTO hub.state DEFAULT VALUES;
    GRANT SELECT ON hub.state TO ${APPLICATION_ROLE};

    CREATE TABLE hub.tenant (
      id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name text NOT NULL UNIQUE,
      retention_days int CHECK (retention_days > 0),
      dropped_before timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(),
      revoked_at timestamptz
    );
    CREATE TABLE hub.token (
      id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
      tenant_id int NOT NULL REFERENCES hub.tenant,
      hash bytea NOT NULL UNIQUE,
      label text NOT NULL,
      scopes text[] NOT NULL CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['ingest', 'read', 'admin']),
      requests_per_second int NOT NULL CHECK (requests_per_second > 0),
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz,
      revoked_at timestamptz
    );

    CREATE TABLE hub.event_key (
      tenant_id int NOT NULL,
      event_id uuid NOT NULL,
      digest bytea NOT NULL CHECK (length(digest) = 32),
      generation int NOT NULL,
      tx xid8 NOT NULL,
      idx int NOT NULL,
      stored_at timestamptz NOT NULL,
      PRIMARY KEY (tenant_id, event_id)
    );
    GRANT SELECT, INSERT, UPDATE ON hub.event_key TO ${APPLICATION_ROLE};
    ${isolated('event_key')}

    CREATE TABLE hub.event (
      tenant_id int NOT NULL,
      generation int NOT NULL,
      tx xid8 NOT NULL,
      idx int NOT NULL,
      received_at timestamptz NOT NULL,
      event_id uuid NOT NULL,
      event_type text NOT NULL,
      project_uuid uuid NOT NULL,
      revision int NOT NULL DEFAULT 1,
      size_bytes int NOT NULL,
      body text NOT NULL,
      PRIMARY KEY (tenant_id, generation, tx, idx, received_at)
    ) PARTITION BY RANGE (received_at);
    CREATE INDEX event_by_project ON hub.event (tenant_id, project_uuid, generation, tx, idx);
    CREATE INDEX event_by_type ON hub.event (tenant_id, event_type, generation, tx, idx);
    CREATE TABLE hub.event_rest PARTITION OF hub.event DEFAULT;
    GRANT SELECT, INSERT, DELETE ON hub.event TO ${APPLICATION_ROLE};
    ${isolated('event')}

    CREATE TABLE hub.conflict (
      tenant_id int NOT NULL,
      event_id uuid NOT NULL,
      digest bytea NOT NULL CHECK (length(digest) = 32),
      id_as_sent text NOT NULL,
      body text NOT NULL,
      first_seen_at timestamptz NOT NULL DEFAULT now(),
      last_seen_at timestamptz NOT NULL DEFAULT now(),
      times int NOT NULL DEFAULT 1,
      decision text CHECK (decision IN ('keep-stored', 'take-incoming')),
      decided_at timestamptz,
      CHECK ((decision IS NULL) = (decided_at IS NULL)),
      PRIMARY KEY (tenant_id, event_id, digest)
    );
    CREATE INDEX conflict_open ON hub.conflict (tenant_id, first_seen_at) WHERE decision IS NULL;
    GRANT SELECT, INSERT, UPDATE ON hub.conflict TO ${APPLICATION_ROLE};
    ${isolated('conflict')}`,
  },
  {
    number: 2,
    name: 'producers, machines, arrivals and idempotency keys',
    sql: `
    CREATE TABLE hub.producer (
      tenant_id int NOT NULL,
      producer_id text NOT NULL,
      epoch bigint NOT NULL CHECK (epoch >= 0),
      instance text,
      received int8multirange NOT NULL DEFAULT '{}',
      refused int8multirange NOT NULL DEFAULT '{}',
      skipped int8multirange NOT NULL DEFAULT '{}',
      first_seen_at timestamptz NOT NULL DEFAULT now(),
      last_seen_at timestamptz NOT NULL DEFAULT now(),
      incident text CHECK (incident IN ('producer-fenced', 'producer-restored')),
      incident_at timestamptz,
      PRIMARY KEY (tenant_id, producer_id, epoch)
    );
    GRANT SELECT, INSERT, UPDATE ON hub.producer TO ${APPLICATION_ROLE};
    ${isolated('producer')}

    CREATE TABLE hub.machine (
      tenant_id int NOT NULL,
      node_id text NOT NULL,
      first_heard_at timestamptz NOT NULL DEFAULT now(),
      last_heard_at timestamptz NOT NULL DEFAULT now(),
      oldest_event_at timestamptz,
      PRIMARY KEY (tenant_id, node_id)
    );
    GRANT SELECT, INSERT, UPDATE ON hub.machine TO ${APPLICATION_ROLE};
    ${isolated('machine')}

    CREATE TABLE hub.arrival (
      tenant_id int NOT NULL,
      received_at timestamptz NOT NULL,
      stored int NOT NULL,
      duplicates int NOT NULL,
      refused int NOT NULL
    );
    CREATE INDEX arrival_by_time ON hub.arrival (tenant_id, received_at);
    GRANT SELECT, INSERT ON hub.arrival TO ${APPLICATION_ROLE};
    ${isolated('arrival')}

    CREATE TABLE hub.idempotency (
      tenant_id int NOT NULL,
      key text NOT NULL,
      request_digest bytea NOT NULL,
      answer text,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant_id, key)
    );
    GRANT SELECT, INSERT, UPDATE ON hub.idempotency TO ${APPLICATION_ROLE};
    ${isolated('idempotency')}`,
  },
  {
    number: 3,
    name: 'the history of the server, and how far retention has come',
    sql: `
    ALTER TABLE hub.state ADD COLUMN history text;

    CREATE FUNCTION hub.history() RETURNS text LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
    BEGIN
      RETURN (SELECT system_identifier FROM pg_control_system())
        || '/' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8);
    EXCEPTION WHEN insufficient_privilege OR undefined_function OR feature_not_supported THEN
      RETURN NULL;
    END $$;

    CREATE FUNCTION hub.generation() RETURNS int LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
    DECLARE
      state record;
    BEGIN
      SELECT generation, history INTO state FROM hub.state;
      IF state.history IS DISTINCT FROM hub.history() THEN
        RAISE EXCEPTION 'the server has another history' USING ERRCODE = '${HISTORY_CHANGED}';
      END IF;
      RETURN state.generation;
    END $$;

    GRANT EXECUTE ON FUNCTION hub.history(), hub.generation() TO ${APPLICATION_ROLE};

    CREATE TABLE hub.dropped (
      tenant_id int PRIMARY KEY,
      generation int NOT NULL,
      tx xid8 NOT NULL,
      idx int NOT NULL
    );
    GRANT SELECT ON hub.dropped TO ${APPLICATION_ROLE};
    ${isolated('dropped')}

    CREATE FUNCTION hub.keep_received() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
    BEGIN
      IF NOT NEW.received @> OLD.received THEN
        RAISE EXCEPTION 'what has arrived of a producer is never taken back' USING ERRCODE = 'check_violation';
      END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER keep_received BEFORE UPDATE OF received ON hub.producer
      FOR EACH ROW EXECUTE FUNCTION hub.keep_received();`,
  },
  {
    number: 4,
    name: 'what a text says of itself, for verification',
    sql: `${TELLING}
    ALTER TABLE hub.conflict ADD FOREIGN KEY (tenant_id) REFERENCES hub.tenant;

    -- Decisions of before gave what they replaced the spelling of the other id, and began anew after retention.
    UPDATE hub.conflict SET id_as_sent = body::json ->> 'event_id'
    WHERE decision = 'keep-stored' AND (hub.told_by(body)).event_id <> id_as_sent;
    UPDATE hub.event e SET revision = 1 + c.taken
    FROM (SELECT tenant_id, event_id, count(*) AS taken FROM hub.conflict
      WHERE decision = 'take-incoming' GROUP BY 1, 2) c
    WHERE e.tenant_id = c.tenant_id AND e.event_id = c.event_id AND e.revision < 1 + c.taken;`,
  },
  {
    number: 5,
    name: 'the numbers of producers as one row for each run',
    sql: `${SEQUENCES}
    GRANT SELECT, INSERT, DELETE ON hub.sequence TO ${APPLICATION_ROLE};
    ${isolated('sequence')}`,
  },
  {
    number: 6,
    name: 'how long a token was made for',
    sql: `
    ALTER TABLE hub.token ADD COLUMN life interval;
    UPDATE hub.token SET life = expires_at - created_at;`,
  },
  {
    number: 7,
    name: 'hubs that do not know the table of numbers let batches with numbers wait',
    sql: OLDER_HUBS,
  },
]
