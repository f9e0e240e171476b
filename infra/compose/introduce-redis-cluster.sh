#!/bin/sh
# Makes one cluster of the six nodes, unless they are one already.
set -eu
nodes=''
for number in 0 1 2 3 4 5; do
  address=$(getent hosts "redis-cluster-$number" | cut -d ' ' -f 1)
  nodes="$nodes $address:$(eval echo "\$REDIS_CLUSTER_PORT_$number")"
done
first=${nodes# }
first=${first%% *}
is_whole() { redis-cli -h "${first%:*}" -p "${first#*:}" cluster info | grep -q cluster_state:ok; }
if ! is_whole; then
  # shellcheck disable=SC2086 # One word for each node.
  redis-cli --cluster create $nodes --cluster-replicas 1 --cluster-yes
fi
