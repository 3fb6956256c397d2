#!/bin/sh
# Brings the web app's libraries into pb_public/vendor: unpacks the npm packages below, keeps the
# prebuilt module of each, and turns bare import names into relative paths (an import map would need
# an inline script, which the Content-Security-Policy forbids). Nothing else is changed but the
# source map references, which would answer 404.
#
#   tools/vendor.sh [FOLDER]    FOLDER holds the .tgz files; without it they come from npm
#
# VENDOR.md is written anew with the version, licence and sha256 of every file.
set -eu

# name version file-in-package name-here licence-file licence
packages='
preact 10.29.8 dist/preact.mjs preact.js LICENSE MIT
preact 10.29.8 hooks/dist/hooks.mjs preact-hooks.js LICENSE MIT
@preact/signals-core 1.14.5 dist/signals-core.mjs signals-core.js LICENSE MIT
@preact/signals 2.11.4 dist/signals.mjs signals.js LICENSE MIT
htm 3.1.1 dist/htm.mjs htm.js LICENSE Apache-2.0
pocketbase 0.28.1 dist/pocketbase.es.mjs pocketbase.js LICENSE.md MIT
'

root=$(cd "$(dirname "$0")/.." && pwd)
out=$root/pb_public/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=${1:-$work}
mkdir -p "$out/licences"

tarball() { # name version
	echo "$folder/$(echo "$1" | sed 's|^@||; s|/|-|')-$2.tgz"
}

echo "$packages" | while read -r name version file here licence kind; do
	[ -n "$name" ] || continue
	tgz=$(tarball "$name" "$version")
	[ -f "$tgz" ] || (cd "$folder" && npm pack --silent "$name@$version" >/dev/null)
	tar xzOf "$tgz" "package/$file" |
		sed -e '/^\/\/# sourceMappingURL=/d' \
			-e 's|from"preact/hooks"|from"./preact-hooks.js"|g' \
			-e 's|from"preact"|from"./preact.js"|g' \
			-e 's|from"@preact/signals-core"|from"./signals-core.js"|g' >"$out/$here"
	tar xzOf "$tgz" "package/$licence" >"$out/licences/${here%.js}.txt"
done

{
	echo '# Vendored libraries'
	echo
	echo 'Written by `tools/vendor.sh`; a test compares the sums. The files are the prebuilt modules of the'
	echo 'npm packages with relative import paths and without source map references.'
	echo
	echo '| file | package | version | licence | sha256 |'
	echo '|---|---|---|---|---|'
	echo "$packages" | while read -r name version file here licence kind; do
		[ -n "$name" ] || continue
		echo "| $here | $name \`$file\` | $version | $kind | $(sha256sum "$out/$here" | cut -d' ' -f1) |"
	done
} >"$out/VENDOR.md"
