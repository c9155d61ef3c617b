#!/usr/bin/env bash
# archive-info.sh DIR: what pgBackRest says of the archive, as JSON.
set -euo pipefail
source "$(dirname "$(realpath "$0")")/lib.sh"
dir=$(realpath "${1:?usage: archive-info.sh DIR}")
as_pg pgbackrest --config="$dir/archive/pgbackrest.conf" --stanza=orders info --output=json
