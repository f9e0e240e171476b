#!/bin/sh
# Makes one cluster of the six nodes, unless they are one already. Containers may have other addresses than last time, and
# nodes that know each other by those of last time are told the new ones.
set -eu
nodes=''
for number in 0 1 2 3 4 5; do
  address=$(getent hosts "redis-cluster-$number" | cut -d ' ' -f 1)
  nodes="$nodes $address:$(eval echo "\$REDIS_CLUSTER_PORT_$number")"
done

ask() { # node, command…
  node=$1
  shift
  redis-cli -h "${node%:*}" -p "${node#*:}" "$@"
}
says() { ask "$1" cluster info | tr -d '\r' | grep -qx "$2"; }
are_whole() { for node in $nodes; do says "$node" cluster_state:ok || return 1; done; }
are_new() { for node in $nodes; do says "$node" cluster_known_nodes:1 || return 1; done; }

if are_new; then
  # shellcheck disable=SC2086 # One word for each node.
  redis-cli --cluster create $nodes --cluster-replicas 1 --cluster-yes
  exit
fi
for _ in 1 2 3 4 5 6 7 8 9 10; do
  if are_whole; then exit; fi
  for node in $nodes; do
    for other in $nodes; do ask "$node" cluster meet "${other%:*}" "${other#*:}"; done
  done
  sleep 2
done
echo 'The nodes do not form a cluster. To begin anew, remove their volumes: what is in Redis is made anew.' >&2
exit 1
