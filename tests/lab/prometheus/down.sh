#!/usr/bin/env bash
# down.sh DIR: ends Prometheus and its exporters that up.sh started in DIR; may be repeated.
set -euo pipefail
source "$(dirname "$(realpath "$0")")/../lib/common.sh"

stop_noted "$(realpath -m "${1:?usage: down.sh DIR}")"
