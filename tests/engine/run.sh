#!/usr/bin/env bash
# Runs the engine's cases with the programs of a build directory, beside the servers that they talk to. usage: tests/engine/run.sh BUILD [CASE...]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1
shift
cases=("$@")
[[ ${#cases[@]} -gt 0 ]] || cases=(tests/engine/*.lua)

coproc SERVERS { exec node tests/engine/counterparts.mjs; }
while read -r line <&"${SERVERS[0]}"; do
  [[ $line != ready ]] || break
  export "${line?}"
done
[[ ${line:-} == ready ]] || { echo "engine: the servers for the cases did not start" >&2; exit 1; }

code=0
"$build/tests/engine-cases" "${cases[@]}" || code=$?
input=${SERVERS[1]}
exec {input}>&-
exit "$code"
