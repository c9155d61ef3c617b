#!/usr/bin/env bash
# stop-primary.sh DIR: shuts the primary down in good order (what a runbook calls to
# isolate it). The replica receives everything that was written before. May be repeated.
set -euo pipefail
source "$(dirname "$(realpath "$0")")/lib.sh"
dir=$(realpath "${1:?usage: stop-primary.sh DIR}")

if ! postmaster "$dir/primary" >/dev/null; then
  echo 'the primary is stopped already'
  exit 0
fi
as_pg "$(pg_bin)/pg_ctl" -D "$dir/primary" -m fast -w -t 30 -s stop
echo 'the primary is stopped'
