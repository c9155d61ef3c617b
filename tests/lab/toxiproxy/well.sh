#!/usr/bin/env bash
# well.sh API NAME: takes away what toxic.sh added.
set -euo pipefail
api=$1 name=$2

curl -sSf -m 10 "$api/proxies/$name/toxics" | jq -r '.[].name' | while read -r toxic; do
  curl -sSf -m 10 -X DELETE "$api/proxies/$name/toxics/$toxic"
done
