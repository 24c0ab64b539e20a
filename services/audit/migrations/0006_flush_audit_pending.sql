-- As 0005, for the calls that have no end yet.
ALTER TABLE audit_pending {{on_cluster}} MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1
