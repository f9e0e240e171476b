#!/bin/sh
# Installs what the native servers need from Debian, for continuous integration and new machines. Does nothing, quietly, where
# all of it is there. Starts no service: the servers of `npm run servers` are processes of their own.
set -eu

missing=''
require() { # program, package
  command -v "$1" > /dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"
}
require redis-server redis-server
require redis-cli redis-tools
require haproxy haproxy
require prometheus prometheus
require mvn maven
require unzip unzip
[ -x /usr/lib/postgresql/15/bin/postgres ] || missing="$missing postgresql-15"

# The newest Java that is installed, wherever the distribution or its maker has put it.
newest_java() {
  for release in "${JAVA_HOME:-/nowhere}/release" /usr/lib/jvm/*/release /opt/*/release /opt/java/*/release; do
    [ -r "$release" ] && sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$release"
  done | sort -n | tail -n 1
}
java=$(newest_java)
needs_java=''
if [ "${java:-0}" -lt 21 ]; then needs_java=yes; fi

if [ -z "$missing$needs_java" ]; then exit 0; fi

as_root=''
if [ "$(id -u)" -ne 0 ]; then as_root=sudo; fi
command -v apt-get > /dev/null || { echo "This machine has no apt-get. Install:$missing, and Java 21 or newer." >&2; exit 1; }

# Debian starts what it installs, unless this says no.
policy=/usr/sbin/policy-rc.d
made_policy=''
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" > /dev/null
  $as_root chmod 755 "$policy"
  made_policy=yes
fi
# Nor a cluster of Postgres of its own.
if [ ! -e /etc/postgresql-common/createcluster.d/starling.conf ]; then
  $as_root mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' | $as_root tee /etc/postgresql-common/createcluster.d/starling.conf > /dev/null
fi
log=$(mktemp)
finish() {
  status=$?
  if [ -n "$made_policy" ]; then $as_root rm -f "$policy"; fi
  if [ "$status" -ne 0 ]; then cat "$log" >&2; fi
  rm -f "$log"
}
trap finish EXIT

install() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "$@" >> "$log" 2>&1
}

echo "Installing${missing}${needs_java:+ and Java 21} …"
$as_root apt-get update --quiet >> "$log" 2>&1
# shellcheck disable=SC2086 # One word for each package.
[ -z "$missing" ] || install $missing
if [ -n "$needs_java" ]; then
  # Whichever of them this distribution has.
  for package in openjdk-21-jre-headless openjdk-25-jre-headless temurin-21-jre temurin-25-jre; do
    if install "$package"; then needs_java=''; break; fi
  done
  if [ -n "$needs_java" ]; then
    echo 'Elasticsearch needs Java 21 or newer, and this distribution has none. See https://adoptium.net/installation/linux' >> "$log"
    exit 1
  fi
fi
