#!/usr/bin/env bash
# install.sh: everything the lab's servers need, installed or built once. What it
# builds stays in a cache folder; a second run says so and takes a second.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/lib/common.sh"

mkdir -p "$LAB_CACHE"
# Two runs at once would build everything twice; the second waits here instead.
exec 9>"$LAB_CACHE/install.lock"
flock -n 9 || {
  say 'another install.sh is at work: waiting for it'
  flock 9
}

"$here/install-packages.sh"
source "$here/lib/go.sh"

# build NAME VERSION WORDS: has NAME/build.sh fill a new folder, which gets its final name
# only when complete: what is interrupted is not taken for built.
build() {
  local name=$1 final=$LAB_CACHE/$1-$2 fresh=$LAB_CACHE/.$1-$2.new from=$SECONDS
  if [ -d "$final" ]; then
    say "$name $2: built before"
    return
  fi
  if [ -e "$here/$name/recipe/go.mod" ]; then go_on_path; fi
  say "$name $2: building ($3)"
  rm -rf "$fresh"
  "$here/$name/build.sh" "$fresh"
  mv "$fresh" "$final"
  say "$name $2: built in $((SECONDS - from)) s"
}

if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  say "KUBEBUILDER_ASSETS: etcd, kube-apiserver and kubectl are taken from $KUBEBUILDER_ASSETS;" \
    'controllers, scheduler and kwok are not in such a folder and are built all the same'
fi

build toxiproxy "$TOXIPROXY_VERSION" 'half a minute'
build kafka "$KAFKA_VERSION" 'half a minute'
build kubernetes "$KUBERNETES_VERSION" 'about six minutes on two cores, once'
say "ready: $LAB_CACHE"
