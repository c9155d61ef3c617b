#!/usr/bin/env bash
# cut.sh API NAME: ends the proxy's connections and refuses new ones, until mend.sh.
set -euo pipefail
curl -sSf -m 10 -o /dev/null -H 'Content-Type: application/json' -d '{"enabled": false}' "$1/proxies/$2"
