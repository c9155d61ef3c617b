# Sourced by every script of the lab: messages, bounded waits, ports and noted processes.
# shellcheck shell=bash
LAB_HOME=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
# shellcheck source=versions.sh
source "$LAB_HOME/lib/versions.sh"

# tests/run exports LIFEBOAT_LAB; a developer who calls up.sh by hand has the same default.
LAB_CACHE=${LIFEBOAT_LAB:-${LIFEBOAT_TEST_CACHE:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/lifeboat-tests}}

say() { printf 'lab: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# cached PROGRAM NAME-VERSION: the absolute path of a program that install.sh built.
cached() {
  local path=$LAB_CACHE/$2/$1
  [ -x "$path" ] || die "$1 is not built ($path): run ./tests/lab/install.sh"
  printf '%s\n' "$path"
}

# installed PROGRAM...: the first one found on PATH.
installed() {
  command -v "$@" | head -n 1 | grep . || die "$1 is not installed: run ./tests/lab/install.sh"
}

# new_state DIR: makes DIR for one run of up.sh and prints its absolute path.
# A used folder is refused: what is left in it would be taken for this run's.
new_state() {
  local dir
  dir=$(realpath -m "$1")
  if [ -e "$dir/env.json" ] || [ -e "$dir/pids" ]; then
    die "$dir was used before: take a new folder"
  fi
  mkdir -p "$dir/log"
  printf '%s\n' "$dir"
}

# free_ports COUNT: that many ports of 127.0.0.1 nobody else in this lab was given.
free_ports() { python3 "$LAB_HOME/lib/free_ports.py" "$LAB_CACHE/ports" "$1"; }

# await SECONDS WHAT COMMAND...: repeats COMMAND until it succeeds; fails after SECONDS.
await() {
  local seconds=$1 what=$2 deadline
  shift 2
  deadline=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      say "waited $seconds s in vain: $what"
      return 1
    fi
    sleep 0.05
  done
}

http_ok() { curl -sf -m 2 -o /dev/null "$@"; }

# ---- processes -------------------------------------------------------------
# DIR/pids has a line "NAME PID START" for each. START is the kernel's start time
# of that process: a pid that was given to another program since has another one.

started_at() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # The second field is a name in parentheses that may hold spaces: cut behind it.
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  [ "$1" != Z ] && printf '%s\n' "${20}"
}

# runs PID START: whether that very process is still there.
runs() { [ "$(started_at "$1")" = "$2" ]; }

note() {
  local start
  start=$(started_at "$3") || return 1
  printf '%s %s %s\n' "$2" "$3" "$start" >>"$1/pids"
}

# launch DIR NAME COMMAND...: a detached program with its output in DIR/log/NAME.log.
# No descriptor of ours may stay open in it, or who reads our output waits for ever.
launch() {
  local dir=$1 name=$2
  shift 2
  setsid "$@" >"$dir/log/$name.log" 2>&1 </dev/null 3>&- 9>&- &
  note "$dir" "$name" $! || die "$name ended at once: $(tail -n 3 "$dir/log/$name.log")"
}

# all_run DIR: fails, with the end of its log, when a noted process is gone.
all_run() {
  local name pid start
  while read -r name pid start; do
    runs "$pid" "$start" && continue
    say "$name ended; its log says:"
    tail -n 8 "$1/log/$name.log" >&2 || true
    return 1
  done <"$1/pids"
}

# await_alive SECONDS DIR WHAT COMMAND...: as await, but gives up when a process ended.
await_alive() {
  local seconds=$1 dir=$2 what=$3 deadline
  shift 3
  deadline=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    all_run "$dir" || return 1
    if [ "$SECONDS" -ge "$deadline" ]; then
      say "waited $seconds s in vain: $what"
      return 1
    fi
    sleep 0.05
  done
}

signal_noted() {
  local name pid start
  while read -r name pid start; do
    if runs "$pid" "$start"; then kill -"$2" "$pid" 2>/dev/null || true; fi
  done <"$1/pids"
}

none_run() {
  local name pid start
  while read -r name pid start; do
    if runs "$pid" "$start"; then return 1; fi
  done <"$1/pids"
}

# stop_noted DIR [SIGNAL]: ends what DIR/pids names and nothing else; may be repeated.
stop_noted() {
  [ -f "$1/pids" ] || return 0
  signal_noted "$1" "${2:-TERM}"
  # A stopped process (SIGSTOP) takes no other signal before it is continued.
  signal_noted "$1" CONT
  await 5 'the processes of the lab to end' none_run "$1" || signal_noted "$1" KILL
  await 5 'killed processes to end' none_run "$1" || return 1
  mv "$1/pids" "$1/pids.ended"
}

# down_on_failure DIR DOWN: should this script fail from here on, or be interrupted, it
# shows the ends of the logs and calls `DOWN DIR`, so that nothing is left running.
down_on_failure() {
  STATE_DIR=$1 STATE_DOWN=$2
  touch "$1/pids"
  trap end_of_up EXIT
  trap 'exit 130' INT TERM HUP
}
end_of_up() {
  local code=$?
  [ "$code" = 0 ] && return
  tail -n 3 "$STATE_DIR"/log/*.log 2>/dev/null >&2 || true
  "$STATE_DOWN" "$STATE_DIR"
}

# guard DIR DOWN: when LIFEBOAT_LAB_OWNER (a pid, the test's) ends without having
# called down.sh, as after Ctrl-C, a background shell calls it within two seconds.
guard() {
  [ -n "${LIFEBOAT_LAB_OWNER:-}" ] || return 0
  setsid "$LAB_HOME/lib/guard.sh" "$LIFEBOAT_LAB_OWNER" "$1" "$2" >/dev/null 2>&1 </dev/null 3>&- 9>&- &
}

# pids_json DIR: {"NAME": PID, ...} for env.json.
pids_json() { jq -Rn '[inputs | split(" ") | {(.[0]): (.[1] | tonumber)}] | add // {}' <"$1/pids"; }

# write_env DIR: standard input becomes DIR/env.json at once; it appears last of all.
write_env() {
  jq . >"$1/env.json.new"
  mv "$1/env.json.new" "$1/env.json"
}
