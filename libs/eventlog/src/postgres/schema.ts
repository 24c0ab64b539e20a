import type { ClientBase } from 'pg';

/** Any two processes that migrate at the same time wait for each other on this. */
const MIGRATION_LOCK = 7_203_114_921;

/** A merged step is never edited: a change is a new step. */
const STEPS: readonly string[] = [
  `
  CREATE TABLE log.topics (
    id             int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name           text NOT NULL UNIQUE,
    partitions     int NOT NULL CHECK (partitions > 0),
    retention_days int NOT NULL CHECK (retention_days > 0),
    segment        int NOT NULL
  );
  COMMENT ON COLUMN log.topics.segment IS 'The segment that appends go to. Changes only while all partitions are locked.';

  CREATE TABLE log.partitions (
    topic_id     int NOT NULL REFERENCES log.topics,
    partition    int NOT NULL,
    start_offset bigint NOT NULL DEFAULT 0,
    next_offset  bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic_id, partition)
  ) WITH (fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
  COMMENT ON TABLE log.partitions IS 'One row each; its lock orders the appends of the partition and makes offsets dense.';

  CREATE TABLE log.segments (
    topic_id     int NOT NULL,
    partition    int NOT NULL,
    number       int NOT NULL,
    first_offset bigint NOT NULL,
    opened_at    timestamptz NOT NULL,
    PRIMARY KEY (topic_id, partition, number),
    FOREIGN KEY (topic_id, partition) REFERENCES log.partitions
  );
  COMMENT ON TABLE log.segments IS 'Which offsets are in which table log.records_<topic id>_<number>; the last one is open.';

  CREATE TABLE log.members (
    group_name text NOT NULL,
    member     uuid NOT NULL,
    topics     int[] NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (group_name, member)
  ) WITH (fillfactor = 50);

  CREATE TABLE log.group_partitions (
    group_name text NOT NULL,
    topic_id   int NOT NULL,
    partition  int NOT NULL,
    committed  bigint,
    owner      uuid,
    fence      bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (group_name, topic_id, partition),
    FOREIGN KEY (topic_id, partition) REFERENCES log.partitions
  ) WITH (fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
  COMMENT ON COLUMN log.group_partitions.fence IS 'Grows with each claim; a commit with an older one is refused.';

  CREATE FUNCTION log.segment_table(p_topic int, p_number int) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT 'records_' || p_topic || '_' || p_number $$;

  -- The caller holds the lock of the topic and, when it is in use, of all its partitions.
  CREATE FUNCTION log.open_segment(p_topic int, p_number int) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    EXECUTE format('CREATE TABLE log.%I (
        partition   int NOT NULL,
        "offset"    bigint NOT NULL,
        appended_ms bigint NOT NULL,
        type        text NOT NULL,
        key         text NOT NULL,
        value       bytea NOT NULL,
        PRIMARY KEY (partition, "offset"))', log.segment_table(p_topic, p_number));
    INSERT INTO log.segments (topic_id, partition, number, first_offset, opened_at)
      SELECT topic_id, partition, p_number, next_offset, clock_timestamp()
      FROM log.partitions WHERE topic_id = p_topic;
    UPDATE log.topics SET segment = p_number WHERE id = p_topic;
  END $$;

  -- Rows are given in the order of their partitions. p_first is the index of the first row of each partition.
  CREATE FUNCTION log.append(
    p_topic int, p_partitions int[], p_counts int[], p_first int[],
    p_row_partitions int[], p_keys text[], p_types text[], p_values bytea[]
  ) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    v_segment int;
    v_rows int;
  BEGIN
    -- Always in the same order, so that two appends never wait for each other in a circle.
    PERFORM FROM log.partitions
      WHERE topic_id = p_topic AND partition = ANY (p_partitions) ORDER BY partition FOR UPDATE;
    SELECT segment INTO v_segment FROM log.topics WHERE id = p_topic;
    EXECUTE format('
      WITH moved AS (
        UPDATE log.partitions p SET next_offset = p.next_offset + w.count
        FROM unnest($2, $3, $4) AS w (partition, count, first)
        WHERE p.topic_id = $1 AND p.partition = w.partition
        RETURNING p.partition, p.next_offset - w.count - w.first AS base
      )
      INSERT INTO log.%I (partition, "offset", appended_ms, type, key, value)
      SELECT r.partition, moved.base + r.i, $9, r.type, r.key, r.value
      FROM unnest($5, $6, $7, $8) WITH ORDINALITY AS r (partition, key, type, value, i)
      JOIN moved ON moved.partition = r.partition', log.segment_table(p_topic, v_segment))
    USING p_topic, p_partitions, p_counts, p_first, p_row_partitions, p_keys, p_types, p_values,
      floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    IF v_rows <> cardinality(p_row_partitions) THEN
      RAISE EXCEPTION 'log.append: % of % records have a partition', v_rows, cardinality(p_row_partitions);
    END IF;
  END $$;

  -- Offsets are dense, so a range of offsets bounds the work whatever plan is chosen.
  CREATE FUNCTION log.read(p_topic int, p_partition int, p_from bigint, p_max_records int, p_max_bytes bigint)
  RETURNS TABLE ("offset" bigint, appended_ms bigint, type text, key text, value bytea) LANGUAGE plpgsql STABLE AS $$
  DECLARE
    v_segment int;
  BEGIN
    SELECT max(s.number) INTO v_segment FROM log.segments s
      WHERE s.topic_id = p_topic AND s.partition = p_partition AND s.first_offset <= p_from;
    IF v_segment IS NULL THEN
      RETURN;
    END IF;
    RETURN QUERY EXECUTE format('
      SELECT "offset", appended_ms, type, key, value
      FROM (
        SELECT *, sum(octet_length(value)) OVER (ORDER BY "offset" ROWS UNBOUNDED PRECEDING) AS bytes
        FROM log.%I WHERE partition = $1 AND "offset" >= $2 AND "offset" < $2 + $3
      ) r
      WHERE bytes <= $4 OR "offset" = $2
      ORDER BY "offset"', log.segment_table(p_topic, v_segment))
    USING p_partition, p_from, p_max_records, p_max_bytes;
  END $$;

  -- Starts a new segment when the open one is old and not empty, and drops those whose last record is past retention.
  CREATE FUNCTION log.maintain(p_topic int) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    v_topic log.topics;
    v_span interval;
    v_old int;
  BEGIN
    SELECT * INTO v_topic FROM log.topics WHERE id = p_topic FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
      RETURN; -- Somebody else is at it.
    END IF;
    v_span := make_interval(days => v_topic.retention_days) / 7;
    IF EXISTS (
      SELECT FROM log.segments s JOIN log.partitions p USING (topic_id, partition)
      WHERE s.topic_id = p_topic AND s.number = v_topic.segment
        AND s.opened_at < clock_timestamp() - v_span AND p.next_offset > s.first_offset
    ) THEN
      PERFORM FROM log.partitions WHERE topic_id = p_topic ORDER BY partition FOR UPDATE;
      PERFORM log.open_segment(p_topic, v_topic.segment + 1);
    END IF;
    FOR v_old IN
      SELECT s.number FROM log.segments s JOIN log.segments later USING (topic_id, partition)
      WHERE s.topic_id = p_topic AND s.partition = 0 AND later.number = s.number + 1
        AND later.opened_at < clock_timestamp() - make_interval(days => v_topic.retention_days)
      ORDER BY s.number
    LOOP
      UPDATE log.partitions p SET start_offset = later.first_offset
        FROM log.segments later
        WHERE p.topic_id = p_topic AND later.topic_id = p_topic
          AND later.partition = p.partition AND later.number = v_old + 1;
      DELETE FROM log.segments WHERE topic_id = p_topic AND number = v_old;
      EXECUTE format('DROP TABLE log.%I', log.segment_table(p_topic, v_old));
    END LOOP;
  END $$;
  `,
];

/** Brings the schema `log` up to date. A schema that is newer is left alone: steps only add. */
export async function migrate(client: ClientBase): Promise<void> {
  if ((await currentStep(client)) >= STEPS.length) return;
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query('CREATE SCHEMA IF NOT EXISTS log');
    await client.query(
      'CREATE TABLE IF NOT EXISTS log.migrations (step int PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    for (let step = await currentStep(client); step < STEPS.length; step += 1) {
      await client.query(STEPS[step]!);
      await client.query('INSERT INTO log.migrations (step) VALUES ($1)', [step + 1]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function currentStep(client: ClientBase): Promise<number> {
  const exists = await client.query<{ exists: boolean }>(
    `SELECT to_regclass('log.migrations') IS NOT NULL AS exists`,
  );
  if (!exists.rows[0]!.exists) return 0;
  const { rows } = await client.query<{ step: number }>(
    'SELECT coalesce(max(step), 0) AS step FROM log.migrations',
  );
  return rows[0]!.step;
}
