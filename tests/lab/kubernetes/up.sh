#!/usr/bin/env bash
# up.sh DIR [DB_HOST]: a Kubernetes control plane with simulated nodes, and the application
# whose containers have DB_HOST in their environment. Writes DIR/env.json (see ../README.md).
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/../lib/common.sh"

dir=$(new_state "${1:?usage: up.sh DIR [DB_HOST]}")
db_host=${2:-${DB_HOST:-db-primary}}
down_on_failure "$dir" "$here/down.sh"

# program NAME: from KUBEBUILDER_ASSETS when that folder has it, else the lab's own.
program() {
  if [ -n "${KUBEBUILDER_ASSETS:-}" ] && [ -x "$KUBEBUILDER_ASSETS/$1" ]; then
    realpath -s "$KUBEBUILDER_ASSETS/$1"
  else
    cached "$1" "kubernetes-$KUBERNETES_VERSION"
  fi
}
etcd=$(program etcd)
apiserver=$(program kube-apiserver)
controllers=$(program kube-controller-manager)
scheduler=$(program kube-scheduler)
kwok=$(program kwok)
kubectl=$(program kubectl)

read -r etcd_port peer_port api_port kwok_port <<<"$(free_ports 4)"
server=https://127.0.0.1:$api_port

# ---- keys, and a token for each user
mkdir -p "$dir/tls" "$dir/etcd"
chmod 700 "$dir/etcd"
"$here/../lib/certs.sh" "$dir/tls"
# Service accounts' tokens are signed with this; nothing here uses one.
(umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$dir/tls/accounts.key")

# user NAME [GROUP]: adds a token to the API server's list and writes NAME.kubeconfig.
user() {
  local token
  token=$(openssl rand -hex 16)
  printf '%s,%s,%s%s\n' "$token" "$1" "$1" "${2:+,\"$2\"}" >>"$dir/tls/tokens.csv"
  cat >"$dir/$1.kubeconfig" <<Y
apiVersion: v1
kind: Config
current-context: lab
contexts:
  - {name: lab, context: {cluster: lab, user: $1, namespace: production}}
clusters:
  - {name: lab, cluster: {server: "$server", certificate-authority: "$dir/tls/ca.crt"}}
users:
  - {name: $1, user: {token: "$token"}}
Y
}
before=$(umask)
umask 077
user admin system:masters
user observe
user act
user limited
umask "$before"
admin=$dir/admin.kubeconfig

# ---- the servers
launch "$dir" etcd "$etcd" --name lab --data-dir "$dir/etcd" --log-level warn --unsafe-no-fsync \
  --listen-client-urls "http://127.0.0.1:$etcd_port" --advertise-client-urls "http://127.0.0.1:$etcd_port" \
  --listen-peer-urls "http://127.0.0.1:$peer_port" --initial-advertise-peer-urls "http://127.0.0.1:$peer_port" \
  --initial-cluster "lab=http://127.0.0.1:$peer_port"

# No endpoint reconciler: it refuses to advertise a loopback address.
launch "$dir" kube-apiserver "$apiserver" --etcd-servers "http://127.0.0.1:$etcd_port" \
  --bind-address 127.0.0.1 --advertise-address 127.0.0.1 --secure-port "$api_port" \
  --endpoint-reconciler-type none --service-cluster-ip-range 10.0.0.0/24 --profiling=false \
  --tls-cert-file "$dir/tls/server.crt" --tls-private-key-file "$dir/tls/server.key" --cert-dir "$dir/tls" \
  --authorization-mode RBAC --token-auth-file "$dir/tls/tokens.csv" \
  --service-account-issuer https://kubernetes.default.svc \
  --service-account-key-file "$dir/tls/accounts.key" --service-account-signing-key-file "$dir/tls/accounts.key"

# RBAC lets nobody in but health checks, which it lets everybody see.
await_alive 120 "$dir" 'the API server to be ready' http_ok --cacert "$dir/tls/ca.crt" "$server/readyz"

launch "$dir" kube-controller-manager "$controllers" --kubeconfig "$admin" --leader-elect=false --secure-port 0 \
  --service-account-private-key-file "$dir/tls/accounts.key" --root-ca-file "$dir/tls/ca.crt" --profiling=false
launch "$dir" kube-scheduler "$scheduler" --kubeconfig "$admin" --leader-elect=false --secure-port 0 --profiling=false

# The duration makes kwok renew the nodes' leases; without it old nodes turn NotReady.
launch "$dir" kwok "$kwok" --kubeconfig "$admin" --manage-all-nodes=true --node-lease-duration-seconds 40 \
  --config "$LAB_CACHE/kubernetes-$KUBERNETES_VERSION/stages.yaml" --server-address "127.0.0.1:$kwok_port"

# ---- what lives in it. kubectl's cache of what the server offers stays in DIR, too.
kube() { "$kubectl" --kubeconfig "$admin" --cache-dir "$dir/kubectl-cache" "$@"; }
"$here/objects.sh" "$db_host" >"$dir/objects.yaml"
kube create -f "$here/rbac.yaml" -f "$dir/objects.yaml" >"$dir/log/create.log" 2>&1 ||
  die "the objects were not created: $(tail -n 3 "$dir/log/create.log")"

ready() {
  all_run "$dir" &&
    kube wait --for=condition=Available deployments --all -n production --timeout=90s &&
    kube wait --for=condition=Ready nodes --all --timeout=30s
}
ready >"$dir/log/ready.log" 2>&1 || die "the application is not available: $(tail -n 3 "$dir/log/ready.log")"

guard "$dir" "$here/down.sh"
jq -n --arg dir "$dir" --arg server "$server" --arg kubectl "$kubectl" --argjson pids "$(pids_json "$dir")" '{
  kubeconfigs: (["admin", "observe", "act", "limited"] | map({(.): "\($dir)/\(.).kubeconfig"}) | add),
  context: "lab", $server, namespace: "production", $kubectl, $pids
}' | write_env "$dir"
