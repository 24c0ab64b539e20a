-- An insert is answered when its rows are on disk: only then does audit commit the log's offsets, so that a machine that
-- loses its power loses no row that the log believes to be stored.
ALTER TABLE audit_events {{on_cluster}} MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1
