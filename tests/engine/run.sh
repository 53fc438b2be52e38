#!/usr/bin/env bash
# Runs every engine case with the programs of a build directory. usage: tests/engine/run.sh BUILD
set -euo pipefail
cd "$(dirname "$0")/../.."
exec "$1/tests/engine-cases" tests/engine/*.lua
