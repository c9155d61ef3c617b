#!/usr/bin/env bash
# post.sh DIR WHAT JSON: posts JSON to /api/v2/WHAT (alerts, silences) of the Alertmanager in DIR; prints its answer.
set -euo pipefail
source "$(dirname "$(realpath "$0")")/../lib/common.sh"

dir=$(realpath "${1:?usage: post.sh DIR WHAT JSON}")
curl -sS --fail-with-body -m 5 -K "$dir/curl.conf" -H 'Content-Type: application/json' --data-binary @- \
  "$(jq -r .url "$dir/env.json")/api/v2/${2:?what to post}" <<<"${3:?the JSON to post}" ||
  die "Alertmanager refused it"
