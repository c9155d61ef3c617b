#!/usr/bin/env bash
# objects.sh DB_HOST: prints the cluster's nodes and the application in production.
set -euo pipefail
db_host=${1:?usage: objects.sh DB_HOST}

# node NAME ZONE TYPE [CAPACITY ALLOCATABLE]: the last two are numbers of accelerators.
node() {
  local gaudi=${4:+, habana.ai/gaudi: \"$4\"} usable=${5:+, habana.ai/gaudi: \"$5\"}
  cat <<Y
---
apiVersion: v1
kind: Node
metadata:
  name: $1
  labels:
    kubernetes.io/hostname: $1
    kubernetes.io/os: linux
    kubernetes.io/arch: amd64
    node.kubernetes.io/instance-type: $3
    topology.kubernetes.io/region: us-west-2
    topology.kubernetes.io/zone: $2
status:
  capacity: {cpu: "96", memory: 512Gi, pods: "110"$gaudi}
  allocatable: {cpu: "96", memory: 512Gi, pods: "110"$usable}
Y
}

# deployment NAME REPLICAS [LIMITS]
deployment() {
  cat <<Y
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: $1, namespace: production, labels: {app: $1}}
spec:
  replicas: $2
  selector: {matchLabels: {app: $1}}
  template:
    metadata: {labels: {app: $1}}
    spec:
      containers:
        - name: $1
          image: $1:1.0.0
          env: [{name: DB_HOST, value: "$db_host"}]
          resources: {requests: {cpu: 100m}, limits: {${3:-}}}
Y
}

node worker-1 us-west-2a general
node worker-2 us-west-2b general
node worker-3 us-west-2c general
node gaudi-1 us-west-2a gaudi 8 8
node gaudi-2 us-west-2b gaudi 8 8
node gaudi-3 us-west-2c gaudi 8 8
# One accelerator of this node has failed: the kubelet offers seven.
node gaudi-4 us-west-2a gaudi 8 7

deployment user-service 3
deployment tenant-service 2
deployment plugin-service 2
deployment ai-service 1 'habana.ai/gaudi: "1"'
