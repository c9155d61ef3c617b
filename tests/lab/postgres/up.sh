#!/usr/bin/env bash
# up.sh DIR [archived|ahead]: a PostgreSQL primary and its streaming replica on 127.0.0.1, TLS only;
# `archived`: the primary's log goes to pgBackRest, which has a full backup of it;
# `ahead`: the replica's clock is ten minutes ahead of this machine's.
# Writes DIR/env.json (see ../README.md). Everything it makes is in DIR.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/lib.sh"

dir=$(new_state "${1:?usage: up.sh DIR [archived|ahead]}")
option=${2:-}
down_on_failure "$dir" "$here/down.sh"
bin=$(pg_bin)
read -r primary_port replica_port <<<"$(free_ports 2)"

# ---- the passwords: one file for each role, readable by who started the lab
mkdir -p "$dir/secrets"
chmod 700 "$dir/secrets"
secret() { cat "$dir/secrets/$1"; }
for role in postgres observe act app repl; do
  (umask 077 && openssl rand -hex 16 | tr -d '\n' >"$dir/secrets/$role")
done

# ---- the folder that the server's user owns
let_pg_in "$dir"
mkdir -p "$dir/tls" "$dir/log"
"$here/../lib/certs.sh" "$dir/tls"
first_password=$dir/first-password
(umask 077 && secret postgres >"$first_password")
mkdir -p "$dir/primary" "$dir/replica"
chmod 700 "$dir/primary" "$dir/replica"
if [ "$(id -u)" = 0 ]; then
  chown -R postgres: "$dir/primary" "$dir/replica" "$dir/tls" "$dir/log" "$first_password"
fi

as_pg "$bin/initdb" -D "$dir/primary" -U postgres --pwfile="$first_password" --no-sync \
  --encoding=UTF8 --locale=C.UTF-8 --auth=scram-sha-256 >"$dir/log/initdb.log" 2>&1
rm -f "$first_password"

# The archive and the only socket lie where nobody but the server's user looks.
archive_conf() {
  local archive=$dir/archive
  mkdir -p "$archive"
  cat >"$archive/pgbackrest.conf" <<C
[global]
repo1-path=$archive/repo
lock-path=$archive/lock
log-level-file=off
archive-timeout=60
[orders]
pg1-path=$dir/primary
pg1-port=$primary_port
pg1-socket-path=$archive
pg1-user=postgres
C
  chmod 700 "$archive"
  if [ "$(id -u)" = 0 ]; then chown -R postgres: "$archive"; fi
  cat >>"$dir/primary/postgresql.conf" <<C
unix_socket_directories = '$archive'
archive_mode = on
archive_command = 'pgbackrest --config=$archive/pgbackrest.conf --stanza=orders archive-push %p'
C
}

# No crash of the machine is to be survived here, so nothing waits for the disk.
cat >>"$dir/primary/postgresql.conf" <<C
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 50
shared_buffers = 16MB
fsync = off
wal_level = replica
max_wal_senders = 5
max_slot_wal_keep_size = 256MB
hot_standby = on
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 500ms
password_encryption = scram-sha-256
ssl = on
ssl_cert_file = '$dir/tls/server.crt'
ssl_key_file = '$dir/tls/server.key'
include = 'node.conf'
C
if [ "$option" = archived ]; then archive_conf; fi
# hostssl only: who comes without TLS is turned away before a password is asked for.
cat >"$dir/primary/pg_hba.conf" <<'C'
hostssl all         all  127.0.0.1/32 scram-sha-256
hostssl replication repl 127.0.0.1/32 scram-sha-256
C

if [ "$option" = archived ]; then echo 'local all postgres trust' >>"$dir/primary/pg_hba.conf"; fi

# node_conf NODE PORT: what differs. The replica's cluster_name is what the primary's
# pg_stat_replication shows as application_name.
node_conf() { printf "cluster_name = '%s'\nport = %s\n" "$1" "$2" >"$dir/$1/node.conf"; }

if [ "$option" = ahead ]; then cc -shared -fPIC -O2 -o "$dir/ahead.so" "$here/ahead.c" -ldl; fi

# start NODE: starts that server, waits until it takes connections, notes its pid.
start() {
  local clock=()
  if [ "$option $1" = 'ahead replica' ]; then clock=(LD_PRELOAD="$dir/ahead.so"); fi
  as_pg env "${clock[@]}" "$bin/pg_ctl" -D "$dir/$1" -l "$dir/log/$1.log" -w -t 60 -s start </dev/null >/dev/null 2>&1 ||
    die "PostgreSQL ($1) did not start"
  note "$dir" "$1" "$(postmaster "$dir/$1")"
}

tls="host=localhost hostaddr=127.0.0.1 sslmode=verify-full sslrootcert=$dir/tls/ca.crt"
sql() {
  PGPASSWORD=$(secret postgres) psql -X -q -At -v ON_ERROR_STOP=1 \
    "$tls port=$primary_port user=postgres dbname=$1"
}

node_conf primary "$primary_port"
start primary

# ---- the roles (passwords travel by standard input, not on a command line)
{
  for role in observe act app repl; do
    printf "\\set %s_password '%s'\n" "$role" "$(secret "$role")"
  done
  cat "$here/roles.sql"
} | sql postgres
for database in postgres orders; do
  # Rights on functions are kept in each database by itself.
  sql "$database" <<<'GRANT EXECUTE ON FUNCTION pg_promote(boolean, integer) TO act'
done
sql orders <"$here/orders.sql"

# ---- the archive
if [ "$option" = archived ]; then
  for order in stanza-create 'backup --type=full --start-fast'; do
    # shellcheck disable=SC2086
    as_pg pgbackrest --config="$dir/archive/pgbackrest.conf" --stanza=orders $order >>"$dir/log/pgbackrest.log" 2>&1 ||
      die "pgBackRest ($order): $(tail -n 3 "$dir/log/pgbackrest.log")"
  done
fi

# ---- the replica
PGPASSWORD=$(secret repl) as_pg "$bin/pg_basebackup" -d "$tls port=$primary_port user=repl" \
  -D "$dir/replica" -R -X stream -S replica -c fast --no-sync >"$dir/log/basebackup.log" 2>&1
node_conf replica "$replica_port"
start replica

is_streaming() {
  sql postgres <<<"SELECT 'streams' FROM pg_stat_replication WHERE state = 'streaming'" | grep -q streams
}
await 30 'the replica to stream' is_streaming

guard "$dir" "$here/down.sh"
jq -n --arg dir "$dir" --argjson primary "$primary_port" --argjson replica "$replica_port" \
  --argjson pids "$(pids_json "$dir")" '{
    ca: "\($dir)/tls/ca.crt",
    primary: {host: "127.0.0.1", port: $primary},
    replica: {host: "127.0.0.1", port: $replica},
    dbname: "orders",
    secrets: (["postgres", "observe", "act", "app", "repl"] | map({(.): "\($dir)/secrets/\(.)"}) | add),
    pids: $pids
  }' | write_env "$dir"
