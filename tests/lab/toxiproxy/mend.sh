#!/usr/bin/env bash
# mend.sh API NAME: lets the proxy that cut.sh stopped listen again, at the same address.
set -euo pipefail
curl -sSf -m 10 -o /dev/null -H 'Content-Type: application/json' -d '{"enabled": true}' "$1/proxies/$2"
