#!/usr/bin/env bash
# proxy.sh API NAME LISTEN UPSTREAM: adds a proxy and prints the address it listens at.
set -euo pipefail
source "$(dirname "$(realpath "$0")")/../lib/common.sh"
api=$1 name=$2 listen=$3 upstream=$4

# Not left to the kernel: while a proxy is cut, another connection could get its port.
if [ "${listen##*:}" = 0 ]; then listen=${listen%:*}:$(free_ports 1); fi

jq -n --arg name "$name" --arg listen "$listen" --arg upstream "$upstream" '{$name, $listen, $upstream, enabled: true}' |
  curl -sSf -m 10 -H 'Content-Type: application/json' -d @- "$api/proxies" | jq -r .listen
