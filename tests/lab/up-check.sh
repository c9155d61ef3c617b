#!/usr/bin/env bash
# up-check.sh: brings the whole lab up, proves what README.md says of it, takes it down.
# A tool for who changes the lab; the tests of Lifeboat do not run it.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/lib/common.sh"

state=$(mktemp -d)
take_down() {
  local part
  for part in kubernetes redis kafka alertmanager http prometheus toxiproxy postgres; do "$here/$part/down.sh" "$state/$part" || true; done
}
trap 'take_down; rm -rf "$state"' EXIT
export LIFEBOAT_LAB_OWNER=$$

failures=0
# proves SENTENCE COMMAND...: COMMAND must succeed.
proves() {
  local sentence=$1 from=$EPOCHREALTIME mark=ok
  shift
  "$@" >"$state/output" 2>&1 || mark=FAILED
  LC_ALL=C awk -v m="$mark" -v s="$sentence" -v a="$from" -v b="$EPOCHREALTIME" \
    'BEGIN { printf "%-6s %6.2f s  %s\n", m, b - a, s }'
  if [ $mark = FAILED ]; then
    failures=$((failures + 1))
    sed 's/^/         /' "$state/output"
  fi
}
# refuses TEXT COMMAND...: COMMAND must fail and say TEXT.
refuses() {
  local text=$1 output
  shift
  if output=$("$@" 2>&1); then
    echo "was allowed: $output"
    return 1
  fi
  grep -F "$text" <<<"$output" || { echo "$output" && return 1; }
}
# says TEXT COMMAND...: COMMAND must succeed and print exactly TEXT.
says() {
  local text=$1 output
  shift
  output=$("$@")
  [ "$output" = "$text" ] || { echo "said: $output" && return 1; }
}

of() { jq -r "$2" "$state/$1/env.json"; }

# ---- PostgreSQL
proves 'PostgreSQL is up' "$here/postgres/up.sh" "$state/postgres"
# sql NODE ROLE STATEMENT
sql() {
  PGPASSWORD=$(cat "$(of postgres ".secrets.$2")") PGCONNECT_TIMEOUT=3 psql -X -At -q -v ON_ERROR_STOP=1 -c "$3" \
    "host=localhost hostaddr=127.0.0.1 port=$(of postgres ".$1.port") user=$2 dbname=orders sslmode=${tls:-verify-full} sslrootcert=$(of postgres .ca)"
}
without_tls() { tls=disable sql "$@"; }
other_password() { PGPASSWORD=wrong psql -X -At -c 'select 1' "host=127.0.0.1 port=$(of postgres .primary.port) user=app dbname=orders sslmode=require"; }

proves 'nobody comes without TLS' refuses 'no encryption' without_tls primary app 'select 1'
proves 'a wrong password is refused' refuses 'password authentication failed' other_password
proves 'observe sees the replica stream' says 'replica|streaming' \
  sql primary observe 'select application_name, state from pg_stat_replication'
proves 'observe sees the receiver on the replica' says 'streaming|replica' \
  sql replica observe 'select status, slot_name from pg_stat_wal_receiver'
proves 'the replica is in recovery' says t sql replica observe 'select pg_is_in_recovery()'
proves 'app writes' sql primary app "insert into orders(id, note) values (1, 'first')"
arrived() { says 1 sql replica app 'select count(*) from orders'; }
proves 'what app wrote arrives on the replica' await 5 'the row' arrived
for statement in 'create table t(a int)' 'create temp table t(a int)' 'insert into orders values (2)' 'select * from orders' \
  'alter role app nologin' 'select pg_promote()' 'select pg_switch_wal()' 'create role x' 'create schema s' 'checkpoint' \
  "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres' or usename = 'repl'"; do
  proves "observe is refused: $statement" refuses ERROR sql primary observe "$statement"
done
for statement in 'create role x superuser' 'alter role postgres nologin' 'drop table orders' "copy orders to program 'true'"; do
  proves "act is refused: $statement" refuses ERROR sql primary act "$statement"
done
proves 'act may create in orders and run a checkpoint' sql primary act 'create schema s; checkpoint; drop schema s'

# ---- toxiproxy and Prometheus
proves 'toxiproxy is up' "$here/toxiproxy/up.sh" "$state/toxiproxy"
api=$(of toxiproxy .api)
way=$("$here/toxiproxy/proxy.sh" "$api" orders-db 127.0.0.1:0 "127.0.0.1:$(of postgres .primary.port)")
proves 'Prometheus is up' "$here/prometheus/up.sh" "$state/prometheus" "$state/postgres" "$way" "toxiproxy=${api#http://}"
query() { curl -sf "$(of prometheus .url)/api/v1/query" --data-urlencode "query=$1" | jq -r '[.data.result[].value[1]] | join(" ")'; }
becomes() { await 8 "$1 to be $2" says "$2" query "$1"; }
proves 'three jobs are up' becomes 'sum(up)' 3
proves 'the exporter reaches the primary' becomes 'pg_up' 1
proves 'the probe succeeds' becomes 'probe_success{job="orders-db",region="us-west-2"}' 1
"$here/toxiproxy/cut.sh" "$api" orders-db
proves 'the probe fails after the cut' becomes 'probe_success{job="orders-db"}' 0
"$here/toxiproxy/mend.sh" "$api" orders-db
proves 'the probe succeeds after the mending' becomes 'probe_success{job="orders-db"}' 1
"$here/postgres/freeze-primary.sh" "$state/postgres" >&2
proves 'a frozen primary answers nobody' refuses '' timeout 4 bash -c "exec 3<>/dev/tcp/127.0.0.1/$(of postgres .primary.port); printf '\0\0\0\10\4\322\26\57' >&3; read -rN1 <&3"
"$here/postgres/thaw-primary.sh" "$state/postgres"
proves 'a thawed one answers' says 1 sql primary app 'select 1'

# ---- failing over
sql primary app 'select pg_sleep(30)' >"$state/sleeper" 2>&1 &
sleeper=$!
sleeping="from pg_stat_activity where usename = 'app' and query like '%pg_sleep%' and pid <> pg_backend_pid()"
proves 'a session of app is there' await 5 'it' says 1 sql primary act "select count(*) $sleeping"
proves 'act ends the sessions of app' says t sql primary act "select pg_terminate_backend(pid) $sleeping"
wait "$sleeper" || true
proves 'act fences app' sql primary act 'alter role app nologin'
proves 'app is fenced' refuses 'not permitted to log in' sql primary app 'select 1'
proves 'act lets app in again' sql primary act 'alter role app login'
proves 'the primary stops' "$here/postgres/stop-primary.sh" "$state/postgres"
proves 'stopping twice is no error' says 'the primary is stopped already' "$here/postgres/stop-primary.sh" "$state/postgres"
proves 'act promotes the replica' says t sql replica act 'select pg_promote()'
proves 'the promoted one takes writes' sql replica app "insert into orders(id) values (2)"

# ---- Kafka
proves 'Kafka and its MirrorMaker are up' "$here/kafka/up.sh" "$state/kafka"
kafka() { curl -sf -m 5 "$(of kafka .connect)/connectors/mirror/status"; }
proves 'the mirror says it runs' says RUNNING eval 'kafka | jq -r .connector.state'

# ---- Redis
proves 'Redis and its Sentinels are up' "$here/redis/up.sh" "$state/redis"
# cli PORT USER COMMAND...
cli() {
  local port=$1 user=$2
  shift 2
  REDISCLI_AUTH=$(cat "$(of redis ".secrets.$user")") redis-cli --no-auth-warning --tls --cacert "$(of redis .ca)" \
    -h 127.0.0.1 -p "$port" --user "$user" -e "$@"
}
primary=$(of redis .primary.port) replica=$(of redis .replica.port) sentinel=$(of redis '.sentinels[0].port')
# has TEXT COMMAND...: COMMAND must succeed and print TEXT somewhere.
has() {
  local text=$1 output
  shift
  output=$("$@") && grep -F "$text" <<<"$output" || { echo "said: ${output:-nothing}" && return 1; }
}
proves 'nobody comes without TLS' refuses '' redis-cli -h 127.0.0.1 -p "$primary" -e ping
proves 'observe sees the link' has master_link_status:up cli "$replica" observe info replication
proves 'no snapshot was written' has rdb_saves:0 cli "$primary" observe info persistence
proves 'app writes' says OK cli "$primary" app set cart 7
copied() { says 7 cli "$replica" app get cart; }
proves 'what app wrote arrives on the replica' await 5 'the key' copied
for command in 'set a b' 'get cart' 'bgsave' 'config set save 1' 'shutdown' 'acl whoami' 'client kill type normal'; do
  # shellcheck disable=SC2086
  proves "observe is refused: $command" refuses NOPERM cli "$primary" observe $command
done
for command in 'set a b' 'get cart' 'shutdown' 'flushall' 'acl list' 'replicaof no one'; do
  # shellcheck disable=SC2086
  proves "act is refused: $command" refuses NOPERM cli "$primary" act $command
done
proves 'act saves' has started cli "$primary" act bgsave
proves 'act fences' says OK cli "$primary" act config set min-replicas-to-write 1000000
proves 'app is fenced' refuses NOREPLICAS cli "$primary" app set cart 8
proves 'act lets app write again' says OK cli "$primary" act config set min-replicas-to-write 0
proves 'a Sentinel has a quorum' has 'OK 3' cli "$sentinel" observe sentinel ckquorum cache
for command in 'sentinel failover cache' 'sentinel reset cache' 'sentinel set cache quorum 1'; do
  # shellcheck disable=SC2086
  proves "observe is refused: $command" refuses NOPERM cli "$sentinel" observe $command
done
proves 'act is refused: sentinel reset cache' refuses NOPERM cli "$sentinel" act sentinel reset cache
proves 'act fails over' says OK cli "$sentinel" act sentinel failover cache
proves 'the replica takes over' await 10 'it' has role:master cli "$replica" observe info replication
proves 'the old primary follows' await 20 'it' has role:slave cli "$primary" observe info replication

# ---- Kubernetes
proves 'Kubernetes is up' "$here/kubernetes/up.sh" "$state/kubernetes" db.example
# kube USER ARGUMENTS...
kube() {
  local user=$1
  shift
  "$(of kubernetes .kubectl)" --kubeconfig "$(of kubernetes ".kubeconfigs.$user")" --context lab --cache-dir "$state/cache" "$@"
}
proves 'all replicas are ready' says '1 2 2 3' \
  kube observe -n production get deployments -o 'jsonpath={.items[*].status.readyReplicas}'
proves 'DB_HOST is set' says db.example \
  kube observe -n production get deployment user-service -o 'jsonpath={.spec.template.spec.containers[0].env[0].value}'
proves 'accelerators: 8 8 8 7' says '8 8 8 7' kube observe get nodes -o 'jsonpath={.items[*].status.allocatable.habana\.ai/gaudi}'
for resource in namespaces nodes pods deployments statefulsets replicasets events; do
  proves "observe lists $resource" kube observe get "$resource" -A
done
scale='{"spec":{"replicas":2}}'
proves 'observe is refused: secrets' refuses forbidden kube observe get secrets -A
proves 'observe is refused: patching' refuses forbidden kube observe -n production patch deployment user-service -p "$scale"
proves 'act patches a deployment' kube act -n production patch deployment user-service -p "$scale"
proves 'act scales' kube act -n production scale deployment user-service --replicas 4
proves 'act patches the scale' kube act -n production patch deployment user-service --subresource scale -p "$scale"
proves 'act asks what it may' says yes kube act -n production auth can-i patch deployments/scale
proves 'act is refused: deleting' refuses forbidden kube act -n production delete deployment user-service
proves 'act is refused: secrets' refuses forbidden kube act -n production get secrets
proves 'act is refused: other namespaces' refuses no kube act -n default auth can-i patch deployments
pod=$(kube admin -n production get pods -o 'jsonpath={.items[0].metadata.name}')
proves 'limited gets a pod' kube limited -n production get pod "$pod"
proves 'limited is refused: listing pods' refuses forbidden kube limited -n production get pods
proves 'limited is refused: deployments' refuses forbidden kube limited -n production get deployment user-service

# ---- Alertmanager
proves 'Alertmanager is up' "$here/alertmanager/up.sh" "$state/alertmanager"
post() { "$here/alertmanager/post.sh" "$state/alertmanager" "$@"; }
states() { curl -sf -K "$state/alertmanager/curl.conf" "$(of alertmanager .url)/api/v2/alerts" | jq -r '[.[] | "\(.labels.alertname) \(.status.state)"] | sort | join(", ")'; }
unknown() { curl -sS --fail --cacert "$(of alertmanager .ca)" "$(of alertmanager .url)/api/v2/alerts"; }
proves 'nobody comes without a password' refuses 401 unknown
proves 'alerts fire' post alerts '[{"labels": {"alertname": "Down"}}, {"labels": {"alertname": "Small", "severity": "minor", "region": "east"}}]'
proves 'both are active' await 5 'them' says 'Down active, Small active' states
proves 'a lost region' post alerts '[{"labels": {"alertname": "RegionLost", "region": "east"}}]'
proves 'a silence' post silences '{"matchers": [{"name": "alertname", "value": "Down", "isRegex": false}], "startsAt": "2026-01-01T00:00:00Z", "endsAt": "2036-01-01T00:00:00Z", "createdBy": "check", "comment": "check"}'
proves 'both are suppressed' await 5 'that' says 'Down suppressed, RegionLost active, Small suppressed' states

# ---- web servers
proves 'nginx is up' "$here/http/up.sh" "$state/http"
# web LOGIN METHOD PATH: the status of the answer.
web() {
  local login=() body=()
  if [ "$2" = PUT ]; then body=(-d x); fi
  if [ "$1" != nobody ]; then login=(-u "$1:$(cat "$(of http ".secrets.$1")")"); fi
  curl -s -m 5 -o /dev/null -w '%{http_code}' --cacert "$(of http .both)" "${login[@]}" "${body[@]}" -X "$2" "$(of http "${4:-.url}")$3"
}
for path in 'health 200' 'down 503' 'busy 429' 'fails 500' 'late 504' 'loop 307' 'elsewhere 302' 'token 401' 'private 401'; do
  proves "${path% *} answers ${path#* }" says "${path#* }" web nobody GET "/${path% *}"
done
proves 'look is let in' says 200 web look GET /private
proves 'look is refused: putting a file' says 401 web look PUT /dav/x
proves 'act puts a file' says 201 web act PUT /dav/x
proves 'act deletes it' says 204 web act DELETE /dav/x
proves 'the other one answers' says 200 web nobody GET /health .other
proves 'the plain one answers' says 200 web nobody GET /health .plain

# ---- the end
proves 'all of it goes down' take_down
nothing_left() { refuses '' grep -lF "$state/" /proc/[0-9]*/cmdline; }
# Watchers (guard.sh) see within a second that there is nothing left to watch.
proves 'no process is left' await 4 'them' nothing_left
if [ $failures != 0 ]; then die "$failures not proven"; fi
echo 'all proven'
