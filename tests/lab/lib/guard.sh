#!/usr/bin/env bash
# guard.sh OWNER DIR DOWN: waits for the process OWNER to end, then calls `DOWN DIR`.
# Ends by itself when DIR was taken down, and after two hours in any case.
set -euo pipefail
source "$(dirname "$(realpath "$0")")/common.sh"

owner=$1 dir=$2 down=$3
start=$(started_at "$owner") || start=gone

for ((second = 0; second < 7200; second++)); do
  [ -f "$dir/pids" ] || exit 0
  runs "$owner" "$start" || break
  sleep 1
done
exec "$down" "$dir"
