#!/bin/sh
# Installs the programs that tests hold archives and dumps against, where root may; else says which ones are missing.
# A test that misses one is skipped and says so.
set -eu
missing=
need() {
  command -v "$1" > /dev/null 2>&1 || missing="$missing $2"
}
need psql postgresql-client
need pg_dump postgresql-client
need zstd zstd
need unzip unzip
need 7z p7zip-full
need bsdtar libarchive-tools
need python3 python3
need openssl openssl
need setpriv util-linux
for python in python3 /usr/bin/python3; do
  ! "$python" -c 'import cryptography' 2> /dev/null || cryptography=found
done
[ "${cryptography-}" ] || missing="$missing python3-cryptography"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null 2>&1; then
  echo "Installing programs that tests use (apt-get):$missing"
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086
  if apt-get update -qq && apt-get install -qq -y --no-install-recommends $missing > /dev/null; then exit 0; fi
fi
echo "Some tests are skipped unless these Debian packages are installed:$missing" >&2
