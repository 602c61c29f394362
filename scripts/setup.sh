#!/bin/sh
# Installs the packages of a fresh clone. Plain sh: the project's own Node, which runs all other scripts, comes with them.
set -eu
[ ! -e node_modules/.package-lock.json ] || exit 0
echo 'Installing packages (npm ci) ...'
# Warnings are about the machine's own Node, which does nothing here but install.
npm ci --no-audit --no-fund --loglevel=error
