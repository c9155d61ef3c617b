#!/usr/bin/env bash
# down.sh DIR: ends the servers that up.sh (or a test since) started in DIR; may be repeated.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
source "$here/lib.sh"
dir=$(realpath -m "${1:?usage: down.sh DIR}")

# A test that failed may have left a server frozen, or its first process dead and the others frozen.
# A frozen process hears no signal but KILL, and a server waits for its children.
each_of_server "$dir/primary" CONT
each_of_server "$dir/replica" CONT

# A test may have started a server anew: the pid file knows it, the notes do not.
for node in primary replica; do
  if pid=$(postmaster "$dir/$node"); then kill -QUIT "$pid" || true; fi
done
# QUIT is PostgreSQL's immediate shutdown: the data is thrown away anyway.
stop_noted "$dir" QUIT

# What outlived its first process.
each_of_server "$dir/primary" KILL
each_of_server "$dir/replica" KILL
