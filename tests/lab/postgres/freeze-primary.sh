#!/usr/bin/env bash
# freeze-primary.sh DIR: the primary hangs: connections stay open, nothing answers.
set -euo pipefail
source "$(dirname "$(realpath "$0")")/lib.sh"
dir=$(realpath "${1:?usage: freeze-primary.sh DIR}")

pid=$(postmaster "$dir/primary") || die 'the primary does not run'
# The postmaster first: after that the list of its children cannot grow.
kill -STOP "$pid"
for child in $(family "$pid"); do kill -STOP "$child" 2>/dev/null || true; done
echo 'the primary is frozen'
