#!/usr/bin/env bash
# Builds the program for every system that is released, with its sums and a list of what it contains.
# The same sources, version and Go give the same bytes, whoever builds them and wherever they lie.
#
#   tools/release.sh VERSION [FOLDER [SYSTEM/PROCESSOR…]]
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1:?usage: tools/release.sh VERSION [FOLDER [SYSTEM/PROCESSOR…]]}
out=${2:-dist}
shift $(($# > 2 ? 2 : $#))
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(linux/amd64 linux/arm64 windows/amd64 darwin/arm64)

# taken from the sources' history, or given where they have none
commit=${KEHU_COMMIT:-$(git rev-parse HEAD 2>/dev/null || echo unknown)}
moment=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}

mkdir -p "$out"
out=$(cd "$out" && pwd)
# nothing of this machine's own settings goes into the bytes
export CGO_ENABLED=0 GOFLAGS=-mod=readonly GOAMD64=v1 GOARM64=v8.0 GOWORK=off GOTOOLCHAIN=local GOEXPERIMENT=
unset GODEBUG GOFIPS140

for target in "${targets[@]}"; do
  system=${target%/*} processor=${target#*/}
  name=kehu-$version-$system-$processor
  [ "$system" = windows ] && name=$name.exe
  GOOS=$system GOARCH=$processor go build -trimpath -buildvcs=false \
    -ldflags "-s -w -buildid= -X main.version=$version -X kehu/commands.commit=$commit" -o "$out/$name" .
  go run ./tools/sbom -version "$version" -time "$moment" "$out/$name" >"$out/$name.cdx.json"
  echo "$name"
done
cd "$out"
sha256sum kehu-"$version"-* >SHA256SUMS
