#!/usr/bin/env bash
# start-primary.sh DIR: starts the primary again after stop-primary.sh.
set -euo pipefail
source "$(dirname "$(realpath "$0")")/lib.sh"
dir=$(realpath "${1:?usage: start-primary.sh DIR}")

as_pg "$(pg_bin)/pg_ctl" -D "$dir/primary" -l "$dir/log/primary.log" -w -t 30 -s start </dev/null >/dev/null 2>&1
note "$dir" primary "$(postmaster "$dir/primary")"
echo 'the primary is started'
