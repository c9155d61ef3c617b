#!/usr/bin/env bash
# up.sh DIR PGDIR [HOST:PORT] [JOB=HOST:PORT]...: Prometheus, with a PostgreSQL exporter for
# the lab's primary in PGDIR and a TCP probe of HOST:PORT (the primary itself when none
# is given). Writes DIR/env.json (see ../README.md).
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/../lib/common.sh"

dir=$(new_state "${1:?usage: up.sh DIR PGDIR [HOST:PORT] [JOB=HOST:PORT]...}")
pg=$(realpath "${2:?usage: up.sh DIR PGDIR [HOST:PORT] [JOB=HOST:PORT]...}")/env.json
shift 2
down_on_failure "$dir" "$here/down.sh"

read -r prometheus_port exporter_port blackbox_port <<<"$(free_ports 3)"
of_pg() { jq -r "$1" "$pg"; }
primary_port=$(of_pg .primary.port)
probed=$(of_pg '"\(.primary.host):\(.primary.port)"')

# job NAME TARGET [LINE...]: a scrape job; each LINE is indented into it.
job() {
  printf '  - job_name: %s\n    static_configs:\n      - targets: ["%s"]\n' "$1" "$2"
  printf '        labels: {region: us-west-2}\n'
  shift 2
  if [ $# -gt 0 ]; then printf '    %s\n' "$@"; fi
}

jobs=2 extra=''
for argument in "$@"; do
  case $argument in
    *=*)
      extra+=$(job "${argument%%=*}" "${argument#*=}")$'\n'
      jobs=$((jobs + 1))
      ;;
    *) probed=$argument ;;
  esac
done

# The probe's own address goes to __param_target and instance; what is scraped is
# the blackbox exporter.
{
  printf 'global: {scrape_interval: 1s, scrape_timeout: 900ms, evaluation_interval: 1s}\nscrape_configs:\n'
  job postgres "127.0.0.1:$exporter_port"
  job orders-db "$probed" 'metrics_path: /probe' 'params: {module: [tcp_connect]}' 'relabel_configs:' \
    '  - {source_labels: [__address__], target_label: __param_target}' \
    '  - {source_labels: [__param_target], target_label: instance}' \
    "  - {target_label: __address__, replacement: '127.0.0.1:$blackbox_port'}"
  printf '%s' "$extra"
} >"$dir/prometheus.yml"

# The exporter reads the password from its file, so that no list of processes shows it.
export DATA_SOURCE_USER=observe
DATA_SOURCE_PASS_FILE=$(of_pg .secrets.observe)
DATA_SOURCE_URI="localhost:$primary_port/$(of_pg .dbname)?sslmode=verify-full&sslrootcert=$(of_pg .ca)&connect_timeout=2"
export DATA_SOURCE_PASS_FILE DATA_SOURCE_URI
launch "$dir" postgres-exporter "$(installed prometheus-postgres-exporter)" \
  --web.listen-address="127.0.0.1:$exporter_port"

launch "$dir" blackbox-exporter "$(installed prometheus-blackbox-exporter)" \
  --config.file="$here/blackbox.yml" --web.listen-address="127.0.0.1:$blackbox_port"

await_alive 30 "$dir" 'the PostgreSQL exporter' http_ok "http://127.0.0.1:$exporter_port/metrics"
await_alive 30 "$dir" 'the blackbox exporter' http_ok "http://127.0.0.1:$blackbox_port/-/healthy"

launch "$dir" prometheus "$(installed prometheus)" --config.file="$dir/prometheus.yml" \
  --storage.tsdb.path="$dir/tsdb" --storage.tsdb.retention.time=2h --web.listen-address="127.0.0.1:$prometheus_port"
url=http://127.0.0.1:$prometheus_port

every_job_scraped() {
  curl -sf -m 2 "$url/api/v1/query" --data-urlencode 'query=count(count by (job) (up))' |
    jq -e --arg jobs "$jobs" '.data.result[0].value[1] == $jobs'
}
# Prometheus spreads first scrapes over the interval, here one second, after loading.
await_alive 60 "$dir" 'the first scrape of each job' every_job_scraped

guard "$dir" "$here/down.sh"
jq -n --arg url "$url" --arg blackbox "http://127.0.0.1:$blackbox_port" --arg exporter "http://127.0.0.1:$exporter_port" \
  --argjson pids "$(pids_json "$dir")" '{$url, $blackbox, $exporter, $pids}' | write_env "$dir"
