#!/usr/bin/env bash
# up.sh DIR: toxiproxy on a free port. Writes DIR/env.json (see ../README.md).
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/../lib/common.sh"

dir=$(new_state "${1:?usage: up.sh DIR}")
down_on_failure "$dir" "$here/down.sh"

port=$(free_ports 1)
server=$(cached toxiproxy-server "toxiproxy-$TOXIPROXY_VERSION")
launch "$dir" toxiproxy "$server" -host 127.0.0.1 -port "$port" -proxy-metrics -runtime-metrics
await_alive 30 "$dir" 'toxiproxy to answer' http_ok "http://127.0.0.1:$port/version"

guard "$dir" "$here/down.sh"
jq -n --arg api "http://127.0.0.1:$port" --argjson pids "$(pids_json "$dir")" '{$api, $pids}' | write_env "$dir"
