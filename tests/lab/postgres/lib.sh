# Sourced by the scripts of this folder: where PostgreSQL is, and as whom it runs.
# shellcheck shell=bash
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../lib/common.sh"

# Debian keeps the server's programs outside PATH, in one folder for each major version.
pg_bin() {
  local folder
  for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
    if [ -x "$folder/initdb" ]; then
      printf '%s\n' "$folder"
      return
    fi
  done
  die 'PostgreSQL is not installed: run ./tests/lab/install.sh'
}

# as_pg COMMAND...: PostgreSQL refuses to run as root, so then as the package's user.
as_pg() {
  if [ "$(id -u)" = 0 ]; then
    setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/ "$@"
  else
    "$@"
  fi
}

# let_pg_in DIR: lets that user pass through DIR and the folders above it. Those of
# a test are closed (0700) under /tmp; only there are they opened, and only for passing.
let_pg_in() {
  local folder=$1
  chmod 711 "$folder"
  until as_pg test -x "$1"; do
    folder=$(dirname "$folder")
    case $folder in
      "$(realpath "${TMPDIR:-/tmp}")"/* | /tmp/*) chmod o+x "$folder" ;;
      *) die "the user postgres cannot reach $1: give a folder under /tmp" ;;
    esac
  done
}

# postmaster DIR/NODE: the pid of that server's first process, if it is there. The
# file is the server's own; the command line must confirm it (it names the data folder).
postmaster() {
  local pid
  pid=$(head -n 1 "$1/postmaster.pid" 2>/dev/null) || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$1" || return 1
  printf '%s\n' "$pid"
}

# family PID: a postmaster and its children, which are sessions of their own.
family() {
  printf '%s\n' "$1"
  ps -o pid= --ppid "$1" | tr -d ' '
}

# each_of_server DIR/NODE SIGNAL: sends it to every process of that server, also to those whose first
# process is gone. All of them work in the data folder, and nothing else does.
each_of_server() {
  local folder process
  # One look at all processes: one for each of them takes seconds on a busy machine.
  while read -r folder; do
    process=${folder#/proc/}
    kill -"$2" "${process%/cwd}" 2>/dev/null || true
  done < <(find /proc/[0-9]*/cwd -maxdepth 0 \( -lname "$1" -o -lname "$1 (deleted)" \) 2>/dev/null)
}
