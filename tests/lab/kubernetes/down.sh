#!/usr/bin/env bash
# down.sh DIR: ends the control plane that up.sh started in DIR; may be repeated.
set -euo pipefail
source "$(dirname "$(realpath "$0")")/../lib/common.sh"

# Nothing of it is kept, and an orderly end would take the parts turn by turn.
stop_noted "$(realpath -m "${1:?usage: down.sh DIR}")" KILL
