#!/usr/bin/env bash
# down.sh DIR: ends the servers that up.sh started in DIR; may be repeated.
set -euo pipefail
source "$(dirname "$(realpath "$0")")/../lib/common.sh"
dir=$(realpath -m "${1:?usage: down.sh DIR}")
# Nothing in it is kept, so nothing needs to be written down first; a frozen one hears only KILL.
stop_noted "$dir" KILL
