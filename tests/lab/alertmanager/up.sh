#!/usr/bin/env bash
# up.sh DIR: an Alertmanager behind TLS and a password, which tells nobody. Writes DIR/env.json (see ../README.md).
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/../lib/common.sh"

dir=$(new_state "${1:?usage: up.sh DIR}")
down_on_failure "$dir" "$here/down.sh"

umask 077
mkdir -p "$dir"/{tls,secrets}
"$here/../lib/certs.sh" "$dir/tls"
openssl rand -hex 16 | tr -d '\n' >"$dir/secrets/look"
# Its file of users wants bcrypt, which openssl does not know and Perl's crypt does. The password stays out of argv.
hash=$(perl -e 'print crypt(<STDIN>, "\$2b\$05\$" . $ARGV[0])' "$(openssl rand -hex 11)" <"$dir/secrets/look")
cat >"$dir/web.yml" <<WEB
tls_server_config: {cert_file: $dir/tls/server.crt, key_file: $dir/tls/server.key}
basic_auth_users: {look: '$hash'}
WEB
# What a password is for, for curl alone.
printf 'cacert = "%s"\nuser = "look:%s"\n' "$dir/tls/ca.crt" "$(cat "$dir/secrets/look")" >"$dir/curl.conf"

port=$(free_ports 1)
launch "$dir" alertmanager "$(installed prometheus-alertmanager)" --config.file="$here/alertmanager.yml" \
  --storage.path="$dir/data" --web.config.file="$dir/web.yml" --web.listen-address="127.0.0.1:$port" --cluster.listen-address=
url=https://localhost:$port
await_alive 30 "$dir" 'Alertmanager to be ready' http_ok -K "$dir/curl.conf" "$url/-/ready"

guard "$dir" "$here/down.sh"
jq -n --arg url "$url" --arg ca "$dir/tls/ca.crt" --arg look "$dir/secrets/look" --argjson pids "$(pids_json "$dir")" \
  '{$url, $ca, user: "look", secrets: {$look}, $pids}' | write_env "$dir"
