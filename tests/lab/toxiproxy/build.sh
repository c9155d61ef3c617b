#!/usr/bin/env bash
# build.sh OUT: builds toxiproxy-server into the new folder OUT (ten seconds).
set -euo pipefail

out=$(realpath -m "${1:?usage: build.sh OUT}")
mkdir -p "$out"
cd "$(dirname "$(realpath "$0")")/recipe"

# What is built is what go.sum names.
export CGO_ENABLED=0 GOFLAGS='-mod=readonly -buildvcs=false' GOWORK=off
version=$(go list -m -f '{{.Version}}' github.com/Shopify/toxiproxy/v2)
nice -n 10 go build -trimpath -o "$out/toxiproxy-server" \
  -ldflags "-s -w -X github.com/Shopify/toxiproxy/v2.Version=${version#v}" \
  github.com/Shopify/toxiproxy/v2/cmd/server
