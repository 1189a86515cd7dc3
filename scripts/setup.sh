# Sourced by run and test: installs what is missing and builds. Does nothing, quickly, when all is there.

BUILD_PACKAGES=(build-essential cmake ninja-build ccache pkg-config libfmt-dev nlohmann-json3-dev libsimdjson-dev
  libcli11-dev libtomlplusplus-dev libhwy-dev libxxhash-dev libpcre2-dev zlib1g-dev
  libcurl4-openssl-dev libedit-dev libasio-dev libssl-dev libsqlite3-dev)
TEST_PACKAGES=(libgtest-dev libbenchmark-dev libblas-dev python3 python3-venv)

CLANG_VERSIONS=(21 20 19 18 17 16)  # 14 and 15 stumble over the ranges of GCC's library

say() { printf '== %s\n' "$*" >&2; }

fail() {
  printf 'error: %s\n' "$1" >&2
  [ -z "${2:-}" ] || printf 'hint: %s\n' "$2" >&2
  exit 1
}

# Prints those of the given packages that are not installed.
missing_packages() {
  local installed package
  installed=" $(dpkg-query -W -f '${db:Status-Abbrev}${Package} ' "$@" 2>/dev/null || true)"
  for package in "$@"; do
    [[ "$installed" == *" ii $package "* ]] || printf '%s\n' "$package"
  done
}

# Installs packages through apt, with sudo where needed, and only those that are missing.
install_packages() {
  command -v dpkg-query > /dev/null || fail "this needs a Debian or Ubuntu system (no dpkg-query here)" \
    "install by hand: $*"
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo > /dev/null || fail "packages are missing, and there is no sudo" \
      "as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -q >&2 || fail "apt-get update failed" "check the network and the package sources"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}" >&2 ||
    fail "apt-get could not install ${missing[*]}" "check the messages above"
}

# Prints the newest clang++ that can build fuzz targets, or nothing.
installed_fuzz_clang() {
  local version runtime
  for version in "${CLANG_VERSIONS[@]}"; do
    command -v "clang++-$version" > /dev/null || continue
    for runtime in /usr/lib/llvm-"$version"/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a; do
      [ ! -e "$runtime" ] || { printf 'clang++-%s\n' "$version"; return; }
    done
  done
}

# Installs the newest clang that apt knows, unless there is one already. Fuzzing is left out where that fails.
install_fuzz_clang() {
  [ -z "$(installed_fuzz_clang)" ] || return 0
  local version
  for version in "${CLANG_VERSIONS[@]}"; do
    apt-cache show "clang-$version" "libclang-rt-$version-dev" > /dev/null 2>&1 || continue
    (install_packages "clang-$version" "libclang-rt-$version-dev") && return 0
    break
  done
  say "no clang of version ${CLANG_VERSIONS[-1]} or later can be had: fuzz tests will be skipped"
}

# Installs Node and npm through apt where there is no Node 18 or later with npm. The page is left out where that fails.
install_node() {
  local major
  major=$(node -p 'process.versions.node.split(".")[0]' 2> /dev/null || printf 0)
  [ "$major" -ge 18 ] && command -v npm > /dev/null && return 0
  (install_packages nodejs npm) || say "no Node 18 or later with npm can be had: the program is built without its page"
}

# Installs Chromium for the tests of the page, which are skipped where that fails.
install_chromium() {
  [ -x /usr/bin/chromium ] || [ -n "${VITRINE_CHROMIUM:-}" ] || (install_packages chromium) ||
    say "no Chromium can be had: the tests of the page will be skipped"
}

# build FOLDER TARGET [cmake option...]: configures once, then builds what changed.
build() {
  local folder=$1 target=$2
  shift 2
  if [ ! -f "$folder/build.ninja" ]; then
    say "configuring $folder"
    cmake -S . -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release "$@" > "$folder.configure.log" 2>&1 ||
      { tail -n 20 "$folder.configure.log" >&2; fail "cmake failed" "the whole log is $folder.configure.log"; }
  fi
  say "building $folder ($target)"
  ninja -C "$folder" "$target" >&2 || fail "the build failed" "check the messages above"
}
