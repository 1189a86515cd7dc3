#!/bin/sh
# build_page.sh FOLDER: builds web/dist where it is out of date, and writes FOLDER/embedded_page.cc (and page.blob beside it).
# Never fails: without npm, its registry or Node 18 it writes an empty list with the reason, and leaves FOLDER/page.stamp out.
set -u
web=$(cd "$(dirname "$0")" && pwd)
out=$1
mkdir -p "$out"
rm -f "$out/page.stamp"

write_empty() {
  printf 'page: built without the page: %s\n' "$1"
  cat > "$out/embedded_page.new" << TEXT
#include "page/embedded.h"

namespace vitrine::page {
const PageFile* const kEmbeddedFiles = nullptr;
const std::size_t kNumEmbeddedFiles = 0;
const char* const kMissingReason = "This program was built without the page: $1. $2";
}  // namespace vitrine::page
TEXT
  cmp -s "$out/embedded_page.new" "$out/embedded_page.cc" && rm "$out/embedded_page.new" ||
    mv "$out/embedded_page.new" "$out/embedded_page.cc"
  exit 0
}

add='Install Node 18 or later with npm (apt-get install nodejs npm) and build again.'
command -v node > /dev/null && command -v npm > /dev/null || write_empty 'there is no npm' "$add"
major=$(node -p 'process.versions.node.split(".")[0]' 2> /dev/null)
[ "${major:-0}" -ge 18 ] 2> /dev/null || write_empty "Node ${major:-?} is too old" "$add"

# Several build folders share web/dist: it is built once for each state of its sources.
build_dist() {
  cd "$web" || return 1
  state=$({ find src public scripts -type f; ls index.html package.json package-lock.json ./*.ts ./*.js; } | LC_ALL=C sort |
    xargs cat | cksum)
  [ -f dist/index.html ] && [ "$(cat node_modules/.page_state 2> /dev/null)" = "$state" ] && return 0
  locked=$(cksum < package-lock.json)
  if [ "$(cat node_modules/.page_locked 2> /dev/null)" != "$locked" ]; then
    npm ci --no-audit --no-fund --fetch-retries=1 --fetch-timeout=60000 || return 1
    printf '%s' "$locked" > node_modules/.page_locked
  fi
  npm run build || return 2
  printf '%s' "$state" > node_modules/.page_state
}

log=$out/page.log
if command -v flock > /dev/null; then
  (flock 9; build_dist) 9> "$web/.build.lock" > "$log" 2>&1
else
  (build_dist) > "$log" 2>&1
fi
case $? in
  0) ;;
  1) tail -n 5 "$log"; write_empty 'npm could not install its packages' 'With a network that reaches the npm registry, build again.' ;;
  *) tail -n 20 "$log"; write_empty 'the page did not build' "The log is in the build folder's page/page.log." ;;
esac
node "$web/scripts/embed.mjs" "$web/dist" "$out" || write_empty 'its files could not be packed' 'Build again.'
: > "$out/page.stamp"
