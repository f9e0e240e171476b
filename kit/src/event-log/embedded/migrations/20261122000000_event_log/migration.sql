CREATE TABLE log_topic (
  id           SMALLINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name         TEXT NOT NULL UNIQUE,
  partitions   SMALLINT NOT NULL CHECK (partitions > 0),
  retention_ms BIGINT NOT NULL
);

-- Its row lock gives out the offsets, so they become visible in order and without gaps.
CREATE TABLE log_partition (
  topic_id    SMALLINT NOT NULL REFERENCES log_topic (id) ON DELETE CASCADE,
  partition   SMALLINT NOT NULL,
  next_offset BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (topic_id, partition)
) WITH (fillfactor = 50);

-- Headers and value are text: a record is stored as it came, JSON or not.
CREATE TABLE log_record (
  topic_id      SMALLINT NOT NULL,
  partition     SMALLINT NOT NULL,
  record_offset BIGINT NOT NULL,
  key           TEXT NOT NULL,
  value         TEXT NOT NULL,
  headers       TEXT NOT NULL,
  appended_at   TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (topic_id, partition, record_offset)
);

CREATE TABLE log_position (
  group_name  TEXT NOT NULL,
  topic_id    SMALLINT NOT NULL REFERENCES log_topic (id) ON DELETE CASCADE,
  partition   SMALLINT NOT NULL,
  next_offset BIGINT NOT NULL,
  PRIMARY KEY (group_name, topic_id, partition)
) WITH (fillfactor = 50);
