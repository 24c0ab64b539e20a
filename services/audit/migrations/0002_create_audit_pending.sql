-- Calls that were decided and have no terminal row yet. `row` is the row to store should the completion never come.
-- `ready_at` is the later of the due time and the time of storing, by audit's own clock: what is stored now is never
-- older than what a sweep has already passed. Kept longer than the log keeps a completion.
CREATE TABLE IF NOT EXISTS audit_pending {{on_cluster}}
(
    log_topic LowCardinality(String),
    log_partition UInt16,
    ready_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    tenant_id LowCardinality(String),
    event_time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    event_id UUID,
    log_offset UInt64 CODEC(Delta(8), ZSTD(1)),
    row String CODEC(ZSTD(3)),

    INDEX log_offset_range log_offset TYPE minmax GRANULARITY 1
)
ENGINE = {{engine ReplacingMergeTree()}}
PARTITION BY toYYYYMMDD(ready_at)
ORDER BY (log_topic, log_partition, ready_at, event_id)
TTL toDateTime(ready_at) + toIntervalDay(10)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000
