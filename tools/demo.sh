#!/usr/bin/env bash
# Shows Handfast at work on this computer: a certificate, a server, a client, and curl beside it.
#
# Everything lies in a temporary folder and is gone afterwards. `./dev demo` builds first.

set -euo pipefail

root=$(dirname "$(dirname "$(readlink -f "$0")")")
handfast=${HANDFAST:-$root/build/release/bin/handfast}

main() {
  [[ -x $handfast ]] || die "there is no $handfast; ./dev demo builds it"
  command -v curl >/dev/null || die "curl is missing; ./dev demo installs it"
  make_workplace
  cd "$place"

  heading "A certificate for development" "handfast cert dev localhost"
  "$handfast" cert dev localhost || die "the certificate could not be made"

  heading "A server" "handfast serve site --cert localhost.pem --listen localhost:0"
  start_server
  cat server.log

  heading "A client that draws the handshake" \
    "handfast connect --ca dev-ca.pem --diagram --get / localhost:$port"
  "$handfast" connect --ca "$authority" --diagram --get / "localhost:$port" ||
    die "handfast connect did not reach the server"

  heading "The same page by curl" "curl --cacert dev-ca.pem https://localhost:$port/"
  curl --silent --show-error --fail --max-time 20 --cacert "$authority" \
    "https://localhost:$port/" >page.html || die "curl did not get the page"
  cmp --silent page.html site/index.html || die "curl got another page than the server has"
  printf '%s bytes, the same as site/index.html\n' "$(wc -c <page.html)"

  heading "A client that does not trust the authority" "curl https://localhost:$port/"
  if curl --silent --show-error --max-time 20 "https://localhost:$port/" >refused.txt 2>&1; then
    die "curl trusted a certificate that it cannot know"
  fi
  head -n 1 refused.txt

  heading "What the server saw" "Ctrl-C"
  stop_server
  tail -n +"$((banner + 1))" server.log
}

make_workplace() {
  place=$(mktemp -d)
  server=
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  export XDG_DATA_HOME=$place/data
  authority=$place/data/handfast/dev-ca.pem
  mkdir "$place/site"
  write_page >"$place/site/index.html"
}

write_page() {
  cat <<'END'
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Handfast</title>
<style>
  body { font: 20px/1.5 system-ui, sans-serif; margin: 20vh auto; max-width: 30rem }
</style>
<h1>A firm handshake.</h1>
<p>This page came over TLS 1.3, by Handfast.</p>
</html>
END
}

start_server() {
  "$handfast" serve site --cert localhost.pem --listen localhost:0 >server.log 2>&1 &
  server=$!
  port=
  for _ in {1..100}; do
    port=$(sed -n 's|^Serving .* at https://localhost:\([0-9]*\)/.*|\1|p' server.log)
    if [[ -n $port ]] && grep -q 'Certificate' server.log; then
      banner=$(wc -l <server.log)
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

clean_up() {
  if [[ -n $server ]]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$place"
}

heading() {
  local bold='' plain=''
  if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    bold=$'\e[1m' plain=$'\e[0m'
  fi
  printf '\n%s%s%s\n$ %s\n' "$bold" "$1" "$plain" "$2"
}

die() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

main "$@"
