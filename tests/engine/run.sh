#!/usr/bin/env bash
# Runs the engine's cases with the programs of a build directory, beside the servers that they talk to. usage: tests/engine/run.sh BUILD [CASE...]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1
shift
cases=("$@")
whole=no
if [[ ${#cases[@]} == 0 ]]; then
  whole=yes
  cases=(tests/engine/*.lua)
fi

coproc SERVERS { exec node tests/engine/counterparts.mjs; }
while read -r line <&"${SERVERS[0]}"; do
  [[ $line != ready ]] || break
  export "${line?}"
done
[[ ${line:-} == ready ]] || { echo "engine: the servers for the cases did not start" >&2; exit 1; }

# Each module's manual page names exactly what it registers.
code=0
documented() {
  local file name
  for file in src/modules/*.c; do
    name=$(basename "$file" .c)
    sed '/Example:/q' "$file" | grep -oE '^ \*   [a-z_]+[.:][a-z_0-9]+\(' | sed -E "s/^ \*   [a-z_]+([.:][a-z_0-9]+)\(/$name\1/" || true
  done | sort -u
}
diff <(documented) <("$build/tests/engine-modules" | sort -u) >&2 || { echo "FAIL the manual pages (<) and what is registered (>) differ"; code=1; }
"$build/tests/engine-cases" "${cases[@]}" || code=$?
# Cases that need a network of their own: one with no way out, in which everybody may ping. Root may make one; others through sudo, or where the
# system lets users make namespaces.
if [[ $whole == yes ]]; then
  namespace=(unshare -rn)
  if [[ $EUID == 0 ]]; then
    namespace=(unshare -n)
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    namespace=(sudo -n unshare -n)
  fi
  # shellcheck disable=SC2016
  "${namespace[@]}" bash -c 'ip link set lo up && echo "0 2147483647" >/proc/sys/net/ipv4/ping_group_range && exec "$@"' network \
    "$build/tests/engine-cases" tests/engine/network/*.lua || code=$?
fi

# Every recipe of the cookbook is a file that `signalbox check` accepts.
if [[ $whole == yes ]]; then
  recipes=$(mktemp -d)
  awk -v dir="$recipes" '/^```lua/ { n++; file = sprintf("%s/recipe%02d.lua", dir, n); next } /^```/ { file = "" } file { print > file }' checks.d/README.md
  echo 'return { postgres = { url = "host=/nowhere" } }' >"$recipes/settings.lua"
  printf 'service { name = "postgres", probe = function() end }\n' >"$recipes/postgres.lua"
  "$build/signalbox" check "$recipes" | sed "s|$recipes|checks.d/README.md:|" || code=1
  luacheck --quiet --config .luacheckrc "$recipes" || code=1
  rm -rf "$recipes"
fi
exit "$code"
