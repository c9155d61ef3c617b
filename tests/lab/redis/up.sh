#!/usr/bin/env bash
# up.sh DIR: a Redis primary, its replica and three Sentinels on 127.0.0.1, TLS only, ACL users.
# Writes DIR/env.json (see ../README.md). Everything it makes is in DIR.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/../lib/common.sh"

dir=$(new_state "${1:?usage: up.sh DIR}")
down_on_failure "$dir" "$here/down.sh"
server=$(installed redis-server)
cli=$(installed redis-cli)
read -r primary_port replica_port ports <<<"$(free_ports 5)"
read -ra sentinel_ports <<<"$ports"

# ---- the passwords: one file for each user, readable by who started the lab
mkdir -p "$dir/secrets" "$dir/tls"
chmod 700 "$dir" "$dir/secrets"
secret() { cat "$dir/secrets/$1"; }
digest() { printf '#%s' "$(sha256sum <"$dir/secrets/$1" | cut -d' ' -f1)"; }
for user in admin observe act app repl sentinel peer; do
  (umask 077 && openssl rand -hex 16 | tr -d '\n' >"$dir/secrets/$user")
done
"$here/../lib/certs.sh" "$dir/tls"

# common NODE PORT: what all five have in common. Port 0 is the one without TLS.
common() {
  mkdir -p "$dir/$1"
  cat <<C
bind 127.0.0.1
port 0
tls-port $2
tls-cert-file $dir/tls/server.crt
tls-key-file $dir/tls/server.key
tls-ca-cert-file $dir/tls/ca.crt
tls-auth-clients no
tls-replication yes
dir $dir/$1
user default off
user admin on $(digest admin) ~* &* +@all
C
}

# What is enough for Lifeboat's two logins: users.acl and sentinel-users.acl say it.
# users FILE: its lines as lines of a configuration.
users() {
  local line name
  while read -r line; do
    [[ $line == user* ]] || continue
    read -r _ name _ <<<"$line"
    printf '%s\n' "${line/ on / on $(digest "$name") }"
  done <"$here/$1"
}

# data_node NODE PORT: no snapshot by itself, so that a test sees one that never was.
data_node() {
  {
    common "$1" "$2"
    users users.acl
    cat <<C
save ""
appendonly no
repl-diskless-sync-delay 0
repl-ping-replica-period 1
masteruser repl
masterauth $(secret repl)
C
  } >"$dir/$1.conf"
}

# sentinel_node NODE PORT: half a minute of silence before it acts by itself, so that a test may freeze a server.
sentinel_node() {
  {
    common "$1" "$2"
    users sentinel-users.acl
    cat <<C
sentinel sentinel-user peer
sentinel sentinel-pass $(secret peer)
sentinel monitor cache 127.0.0.1 $primary_port 2
sentinel auth-user cache sentinel
sentinel auth-pass cache $(secret sentinel)
sentinel down-after-milliseconds cache 30000
sentinel failover-timeout cache 20000
sentinel parallel-syncs cache 1
C
  } >"$dir/$1.conf"
}

# ask PORT COMMAND...: as the administrator; the password travels by the environment.
ask() {
  local port=$1
  shift
  REDISCLI_AUTH=$(secret admin) "$cli" --no-auth-warning --tls --cacert "$dir/tls/ca.crt" \
    -h 127.0.0.1 -p "$port" --user admin "$@"
}
answers() {
  local port=$1 text=$2
  shift 2
  ask "$port" "$@" | grep -q "$text"
}

umask 077
data_node primary "$primary_port"
data_node replica "$replica_port"
echo "replicaof 127.0.0.1 $primary_port" >>"$dir/replica.conf"
for node in primary replica; do launch "$dir" "$node" "$server" "$dir/$node.conf"; done
await_alive 20 "$dir" 'the replica to be online' answers "$primary_port" 'slave0:.*state=online' info replication

# Sentinels that start before the replica is there find it only ten seconds later.
for n in 0 1 2; do
  sentinel_node "sentinel-$n" "${sentinel_ports[$n]}"
  launch "$dir" "sentinel-$n" "$server" "$dir/sentinel-$n.conf" --sentinel
done
know_all() {
  local port
  for port in "${sentinel_ports[@]}"; do
    answers "$port" '^OK 3' sentinel ckquorum cache || return 1
    answers "$port" 'slave-priority' sentinel replicas cache || return 1
    # Asked at least once: until then the run id is not known.
    ask "$port" sentinel replicas cache | grep -A1 '^runid$' | tail -n 1 | grep -q . || return 1
  done
}
await_alive 30 "$dir" 'the Sentinels to know each other and the replica' know_all

guard "$dir" "$here/down.sh"
jq -n --arg dir "$dir" --argjson primary "$primary_port" --argjson replica "$replica_port" \
  --argjson sentinels "$(jq -n '$ARGS.positional | map(tonumber)' --args "${sentinel_ports[@]}")" \
  --argjson pids "$(pids_json "$dir")" '{
    ca: "\($dir)/tls/ca.crt",
    primary: {host: "127.0.0.1", port: $primary},
    replica: {host: "127.0.0.1", port: $replica},
    sentinels: ($sentinels | map({host: "127.0.0.1", port: .})),
    master: "cache",
    secrets: (["admin", "observe", "act", "app"] | map({(.): "\($dir)/secrets/\(.)"}) | add),
    pids: $pids
  }' | write_env "$dir"
