#!/usr/bin/env bash
# toxic.sh API NAME STREAM TYPE ATTRIBUTES: makes one direction (upstream: to the server, downstream: from it) bad, until well.sh.
set -euo pipefail
api=$1 name=$2 stream=$3 type=$4 attributes=$5

jq -n --arg stream "$stream" --arg type "$type" --argjson attributes "$attributes" '{name: $type, $stream, $type, toxicity: 1, $attributes}' |
  curl -sSf -m 10 -o /dev/null -H 'Content-Type: application/json' -d @- "$api/proxies/$name/toxics"
