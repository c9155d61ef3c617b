#!/usr/bin/env bash
# up.sh DIR: two Kafka clusters of one broker each, east and west, and in the west a Connect worker whose MirrorMaker copies
# the topics of the east, with an exporter of its metrics. Writes DIR/env.json (see ../README.md).
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/../lib/common.sh"

dir=$(new_state "${1:?usage: up.sh DIR}")
kafka=$LAB_CACHE/kafka-$KAFKA_VERSION
[ -d "$kafka/libs" ] || die "Kafka is not there ($kafka): run ./tests/lab/install.sh"
java=$(installed java)
down_on_failure "$dir" "$here/down.sh"

read -r east east_controller west west_controller rest metrics <<<"$(free_ports 6)"
# Small heaps and one compiler: it starts faster, and runs minutes only.
jvm=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Djava.net.preferIPv4Stack=true -Djava.awt.headless=true
  "-Dlog4j2.configurationFile=$here/log4j2.yaml" -cp "$kafka/libs/*")

# broker NAME PORT CONTROLLER-PORT
broker() {
  local file=$dir/$1.properties
  cp "$here/broker.properties" "$file"
  cat >>"$file" <<END
controller.quorum.voters=1@127.0.0.1:$3
listeners=PLAINTEXT://127.0.0.1:$2,CONTROLLER://127.0.0.1:$3
advertised.listeners=PLAINTEXT://127.0.0.1:$2
log.dirs=$dir/$1
END
  "$java" -Xmx96m "${jvm[@]}" kafka.tools.StorageTool format -t "$(cluster_id)" -c "$file" >"$dir/log/format-$1.log" 2>&1 ||
    die "the folder of $1 could not be made: $(tail -n 3 "$dir/log/format-$1.log")"
}
# As Kafka wants it: sixteen random bytes in base 64 for addresses.
cluster_id() { head -c 16 /dev/urandom | base64 | tr '+/' 'ab' | tr -d '='; }

broker east "$east" "$east_controller" &
east_job=$!
broker west "$west" "$west_controller"
wait "$east_job" || exit 1
for name in east west; do
  launch "$dir" "$name" "$java" -Xms32m -Xmx64m "${jvm[@]}" kafka.Kafka "$dir/$name.properties"
done
is_started() { grep -q 'Kafka Server started' "$dir/log/$1.log"; }
for name in east west; do
  await_alive 60 "$dir" "the broker of the $name" is_started "$name"
done

cp "$here/connect.properties" "$dir/connect.properties"
printf 'bootstrap.servers=127.0.0.1:%s\nlisteners=http://127.0.0.1:%s\nrest.advertised.port=%s\n' \
  "$west" "$rest" "$rest" >>"$dir/connect.properties"
launch "$dir" connect "$java" -Xms48m -Xmx96m "${jvm[@]}" \
  "-javaagent:$kafka/jmx_prometheus_javaagent.jar=127.0.0.1:$metrics:$here/jmx.yml" \
  org.apache.kafka.connect.cli.ConnectDistributed "$dir/connect.properties"
url=http://127.0.0.1:$rest
await_alive 60 "$dir" 'the Connect worker' http_ok "$url/connectors"

# connector NAME JSON: with what all of them have.
connector() {
  jq -n --arg east "127.0.0.1:$east" --arg west "127.0.0.1:$west" --argjson own "$2" '{
    "source.cluster.alias": "east", "source.cluster.bootstrap.servers": $east,
    "target.cluster.alias": "west", "target.cluster.bootstrap.servers": $west,
    "key.converter": "org.apache.kafka.connect.converters.ByteArrayConverter",
    "value.converter": "org.apache.kafka.connect.converters.ByteArrayConverter", "tasks.max": "1"
  } + $own' | curl -sf -m 20 -o /dev/null -X PUT -H 'Content-Type: application/json' -d @- "$url/connectors/$1/config" ||
    die "Connect did not take $1"
}
# Its heartbeats go to the east, so that something is always to be copied: they prove the whole way.
connector heartbeats "$(jq -n --arg east "127.0.0.1:$east" '{
  "connector.class": "org.apache.kafka.connect.mirror.MirrorHeartbeatConnector",
  "heartbeats.topic.replication.factor": "1", "emit.heartbeats.interval.seconds": "1",
  "producer.override.bootstrap.servers": $east}')"
connector mirror '{
  "connector.class": "org.apache.kafka.connect.mirror.MirrorSourceConnector", "topics": "orders.*",
  "replication.factor": "1", "offset-syncs.topic.replication.factor": "1", "sync.topic.acls.enabled": "false",
  "sync.topic.configs.enabled": "false", "refresh.topics.interval.seconds": "1", "consumer.poll.timeout.ms": "200",
  "source.consumer.auto.offset.reset": "earliest"}'

flows() { curl -sf -m 2 "http://127.0.0.1:$metrics/metrics" | grep -q '^kafka_connect_mirror_source_connector_record_count'; }
await_alive 60 "$dir" 'the first copied record' flows

guard "$dir" "$here/down.sh"
jq -n --arg connect "$url" --arg metrics "127.0.0.1:$metrics" --arg east "127.0.0.1:$east" --arg west "127.0.0.1:$west" \
  --argjson pids "$(pids_json "$dir")" '{$connect, $metrics, $east, $west, $pids}' | write_env "$dir"
