#!/bin/bash
# Builds the command for the measurement of a cold start: Swift's libraries and libcrypto inside, at a fixed
# address and without names for others to link with, so that the dynamic loader has little left to do.
# libsimdjson and libstdc++ stay shared: Debian has no archive of the first.
#
#   bash static_build.sh        # prints the path of the command
#
# Needs: what the README installs (libssl-dev has libcrypto.a).
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$root/.build-static
library=$build/lib
archive=$(ls /usr/lib/*/libcrypto.a /usr/lib/libcrypto.a /usr/local/lib/libcrypto.a 2>/dev/null | head -n 1 || true)
[ -n "$archive" ] || { echo "there is no libcrypto.a below /usr/lib; install libssl-dev" >&2; exit 1; }
mkdir -p "$library"
ln -sf "$archive" "$library/libcrypto.a"
# The linker takes the archive, as it looks into this folder first and finds no shared library there.
printf 'Name: libcrypto\nDescription: libcrypto\nVersion: 3\nLibs: -L%s -lcrypto\nCflags:\n' "$library" \
  > "$library/libcrypto.pc"
cd "$root"
PKG_CONFIG_PATH=$library swift build -c release --product provender --static-swift-stdlib \
  --scratch-path "$build" -Xswiftc -Xclang-linker -Xswiftc -no-pie -Xlinker --no-export-dynamic >&2
echo "$build/release/provender"
