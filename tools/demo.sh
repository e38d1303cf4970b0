#!/usr/bin/env bash
# Shows Handfast at work on this computer: a certificate, a server, a client, and curl beside it.
#
# What stands after a "$" is what runs, word for word. It works in a temporary folder, which is gone
# afterwards, and puts nothing anywhere else. `./dev demo` builds first.

set -euo pipefail

root=$(dirname "$(dirname "$(readlink -f "$0")")")
handfast=$(readlink -f "${HANDFAST:-$root/build/release/bin/handfast}")
bold='' faint='' plain='' color=never
if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  bold=$'\e[1m' faint=$'\e[2m' plain=$'\e[0m' color=always
fi

main() {
  [[ -x $handfast ]] || die "there is no $handfast; ./dev demo builds it"
  command -v curl >/dev/null || die "curl is missing; ./dev demo installs it"
  make_workplace

  heading "A certificate for development, and an authority that can vouch for nothing else"
  run handfast cert dev localhost || die "the certificate could not be made"
  cp data/handfast/dev-ca.pem .

  heading "A server for a folder"
  start_server

  heading "Handfast connects and draws the very messages: sizes, times, and where the keys change"
  run_into handfast.html handfast connect --ca dev-ca.pem --diagram --get / "localhost:$port" ||
    die "handfast connect did not reach the server"
  show_page handfast.html

  heading "curl connects: other software, the same page"
  run_into curl.html curl --verbose --max-time 20 --stderr curl.log --cacert dev-ca.pem \
    "https://localhost:$port/" || die "curl did not get the page: $(tail -n 1 curl.log)"
  run grep -E 'SSL|subject:|issuer:|HTTP/' curl.log
  show_page curl.html

  heading "Clients that were not told to trust that authority refuse, and say why"
  refused 30 handfast connect "localhost:$port"
  echo
  refused 60 curl --no-progress-meter --max-time 20 "https://localhost:$port/"

  heading "What the server saw, up to Ctrl-C"
  stop_server
  tail -n +"$((banner + 1))" server.log

  heading "Your turn"
  printf '$ %s connect --diagram example.com\n' "${handfast#"$root/"}"
}

# --- The steps ------------------------------------------------------------------------------------

make_workplace() {
  place=$(mktemp -d -t handfast-demo.XXXXXX)
  server=
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  cd "$place"
  export XDG_DATA_HOME=$place/data
  mkdir bin site
  ln -s "$handfast" bin/handfast
  PATH=$place/bin:$PATH
  write_page >site/index.html
}

write_page() {
  cat <<'END'
<!doctype html>
<title>Handfast</title>
<h1>A firm handshake.</h1>
<p>This page came over TLS 1.3, by Handfast.</p>
END
}

start_server() {
  local command=(handfast serve site --cert localhost.pem --listen localhost:0)
  show "${command[@]}" "&"
  "${command[@]}" --color "$color" >server.log 2>&1 &
  server=$!
  port=
  for _ in {1..100}; do
    port=$(sed -n 's|.* https://localhost:\([0-9]*\)/.*|\1|p' <(without_colors server.log))
    if [[ -n $port ]] && grep -q 'Certificate' server.log; then
      banner=$(wc -l <server.log)
      cat server.log
      return
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  cat server.log >&2
  die "the server did not start"
}

stop_server() {
  local status=0
  kill -INT "$server"
  wait "$server" || status=$?
  server=
  ((status == 0)) || die "the server ended with exit code $status"
}

show_page() {
  echo
  run cat "$1"
  cmp --silent "$1" site/index.html || die "$1 is not the page that the server has"
}

# Runs a command that must end with this exit code.
refused() {
  local expected=$1 status=0
  shift
  run "$@" || status=$?
  ((status == expected)) || die "$1 ended with exit code $status, not $expected"
}

clean_up() {
  if [[ -n $server ]]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$place"
}

# --- Telling --------------------------------------------------------------------------------------

heading() {
  printf '\n%s%s%s\n\n' "$bold" "$1" "$plain"
}

# Prints a command as one would type it: words that a shell would take apart are quoted.
show() {
  local word line=''
  for word in "$@"; do
    [[ $word == *[\ \|\*\;]* ]] && word="'$word'"
    line+=" $word"
  done
  printf '%s$%s%s\n' "$faint" "$plain" "$line"
}

run() {
  show "$@"
  "$@" </dev/null
}

run_into() {
  local file=$1
  shift
  show "$@" ">$file"
  "$@" </dev/null >"$file"
}

without_colors() {
  sed $'s/\e\\[[0-9;]*m//g' "$1"
}

die() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

main "$@"
