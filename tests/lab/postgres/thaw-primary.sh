#!/usr/bin/env bash
# thaw-primary.sh DIR: ends what freeze-primary.sh began; harmless when it did not.
set -euo pipefail
source "$(dirname "$(realpath "$0")")/lib.sh"
dir=$(realpath -m "${1:?usage: thaw-primary.sh DIR}")

pid=$(postmaster "$dir/primary") || exit 0
for member in $(family "$pid"); do kill -CONT "$member" 2>/dev/null || true; done
