-- How far each log partition has been swept for calls without a terminal row. Losing it costs time, not rows.
CREATE TABLE IF NOT EXISTS audit_sweeps {{on_cluster}}
(
    log_topic LowCardinality(String),
    log_partition UInt16,
    swept_until DateTime64(3, 'UTC')
)
ENGINE = {{engine ReplacingMergeTree(swept_until)}}
ORDER BY (log_topic, log_partition)
