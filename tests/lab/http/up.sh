#!/usr/bin/env bash
# up.sh DIR: a web server (nginx) with TLS, logins and bad manners, a second one with another key,
# and a plain one. Writes DIR/env.json (see ../README.md).
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/../lib/common.sh"

dir=$(new_state "${1:?usage: up.sh DIR}")
down_on_failure "$dir" "$here/down.sh"
# Where Debian puts it, and only root looks.
PATH=$PATH:/usr/sbin

umask 077
mkdir -p "$dir"/{tls,other-tls,secrets,files/dav,tmp}
"$here/../lib/certs.sh" "$dir/tls"
"$here/../lib/certs.sh" "$dir/other-tls"
# Who trusts both cannot tell the two servers apart by their authority, only by their keys.
cat "$dir/tls/ca.crt" "$dir/other-tls/ca.crt" >"$dir/ca.crt"

secret() { openssl rand -hex 16 | tr -d '\n' >"$dir/secrets/$1"; }
# user NAME FILE...: lets NAME into what the password FILEs guard.
user() {
  local name=$1 hash file
  shift
  hash=$(openssl passwd -apr1 -in "$dir/secrets/$name")
  for file in "$@"; do printf '%s:%s\n' "$name" "$hash" >>"$dir/$file"; done
}
for name in look act token; do secret "$name"; done
user look lookers
user act lookers actors

# Enough that a slow reader needs minutes for it.
head -c 262144 /dev/zero | tr '\0' x >"$dir/files/slow.txt"

read -r port other_port plain_port <<<"$(free_ports 3)"
sed -e "s|@DIR@|$dir|g" -e "s|@PORT@|$port|g" -e "s|@OTHER@|$other_port|g" -e "s|@PLAIN@|$plain_port|g" \
  -e "s|@TOKEN@|$(cat "$dir/secrets/token")|g" "$here/nginx.conf" >"$dir/nginx.conf"

launch "$dir" nginx "$(installed nginx)" -p "$dir" -c "$dir/nginx.conf" -e "$dir/log/error.log"
await_alive 30 "$dir" 'nginx to serve' http_ok --cacert "$dir/tls/ca.crt" "https://localhost:$port/health"
await_alive 30 "$dir" 'the other nginx to serve' http_ok --cacert "$dir/other-tls/ca.crt" "https://localhost:$other_port/health"

guard "$dir" "$here/down.sh"
jq -n --arg dir "$dir" --argjson port "$port" --argjson other "$other_port" --argjson plain "$plain_port" --argjson pids "$(pids_json "$dir")" '{
  url: "https://localhost:\($port)", other: "https://localhost:\($other)", plain: "http://127.0.0.1:\($plain)",
  ca: "\($dir)/tls/ca.crt", both: "\($dir)/ca.crt", files: "\($dir)/files", access: "\($dir)/log/access.log",
  secrets: {look: "\($dir)/secrets/look", act: "\($dir)/secrets/act", token: "\($dir)/secrets/token"}, $pids
}' | write_env "$dir"
