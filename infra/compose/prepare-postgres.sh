#!/bin/sh
# Run once by the image of Postgres, in an empty data folder: databases of Starling's own, and access for the replica.
set -eu
for owner in users graph tweets; do
  psql --username "$POSTGRES_USER" --dbname postgres --command "CREATE DATABASE starling_$owner"
done
echo 'host replication all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
