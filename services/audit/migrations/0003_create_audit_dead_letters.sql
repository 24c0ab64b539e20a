-- Records that gave no row: what was wrong and where the record is. Its bytes are in the dead-letter topic.
-- With the offsets here and in the two tables before, every offset of a log is accounted for.
CREATE TABLE IF NOT EXISTS audit_dead_letters {{on_cluster}}
(
    log_topic LowCardinality(String),
    log_partition UInt16,
    log_offset UInt64,
    digest String,
    dead_at DateTime64(3, 'UTC'),
    code LowCardinality(String),
    detail String,
    type String,
    key String,
    size UInt64
)
ENGINE = {{engine ReplacingMergeTree(dead_at)}}
ORDER BY (log_topic, log_partition, log_offset, digest)
TTL toDateTime(dead_at) + toIntervalDay(2200)
SETTINGS non_replicated_deduplication_window = 10000, replicated_deduplication_window = 10000
