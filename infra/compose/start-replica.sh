#!/bin/sh
# Copies the primary into an empty data folder, then follows it.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  find "$PGDATA" -mindepth 1 -delete
  PGPASSWORD=$POSTGRES_PASSWORD pg_basebackup --host postgres --username postgres --pgdata "$PGDATA" \
    --write-recovery-conf --wal-method=stream --checkpoint=fast
  chmod 0700 "$PGDATA"
fi
exec postgres "$@"
