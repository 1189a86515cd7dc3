#!/usr/bin/env bash
# The tests of kernels and operators for AArch64, on a Debian machine with another processor: compiler and libraries
# come from apt, qemu runs what is built. On an AArch64 machine ./test does it all.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."
. scripts/setup.sh

# Libraries of both processors side by side; what operators do not need is left out.
ARM_PACKAGES=(libfmt-dev:arm64 libhwy-dev:arm64 libxxhash-dev:arm64 zlib1g-dev:arm64 libgtest-dev:arm64
  libbenchmark-dev:arm64 libblas-dev:arm64)
# One processor with a dot product of bytes, one without.
PROCESSORS=(max cortex-a53)

case "${1:-}" in
  --help | -h)
    cat << TEXT
usage: scripts/test_aarch64.sh [FILTER]

Installs a cross compiler, qemu and libraries for arm64 (it adds that architecture to dpkg), builds build/aarch64 and
runs its tests of kernels and operators, or those that FILTER holds for (as --gtest_filter), on an emulated processor
with a dot product of bytes and on one without. Takes about half an hour without a filter.

  scripts/test_aarch64.sh '*QuantizedGemm*'
TEXT
    exit 0 ;;
esac

install_arm_packages() {
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  dpkg --print-foreign-architectures | grep -qx arm64 || "${as_root[@]}" dpkg --add-architecture arm64
  install_packages g++-aarch64-linux-gnu qemu-user "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
  local package missing=()
  for package in "${ARM_PACKAGES[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

mkdir -p build
install_arm_packages
build build/aarch64 all -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64.cmake -DVITRINE_ONLY_OPERATORS=ON -DVITRINE_TESTS=ON
for processor in "${PROCESSORS[@]}"; do
  for test in kernels_test ops_test; do
    say "$test on $processor"
    qemu-aarch64 -cpu "$processor" "build/aarch64/$test" --gtest_brief=1 --gtest_filter="${1:-*}"
  done
done
