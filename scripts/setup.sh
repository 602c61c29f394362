#!/bin/sh
# Installs the packages of a fresh clone. Plain sh: the project's own Node, which runs all other scripts, comes with them.
set -eu
if [ ! -e node_modules/.package-lock.json ]; then
  echo 'Installing packages (npm ci) ...'
  # Warnings are about the machine's own Node, which does nothing here but install.
  npm ci --no-audit --no-fund --loglevel=error
fi
# npm 9, which Debian has, takes the link to Node away together with the Nodes of other platforms.
[ -e node_modules/.bin/node ] || npm rebuild --ignore-scripts --silent > /dev/null
