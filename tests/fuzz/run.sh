#!/usr/bin/env bash
# The fuzz targets against the inputs that fuzzing has kept, with the programs of a build directory. usage: tests/fuzz/run.sh BUILD
set -euo pipefail
cd "$(dirname "$0")/../.."
passed=0 failed=0
for source in tests/fuzz/*.c; do
  name=$(basename "$source" .c)
  [[ $name != replay ]] || continue
  if said=$("$1/tests/fuzz-$name" "tests/fuzz/corpus/$name" 2>&1); then
    passed=$((passed + 1))
    echo "ok   $name: ${said##*$'\n'}"
  else
    failed=$((failed + 1))
    printf 'FAIL %s\n%s\n' "$name" "$said"
  fi
done
echo "$passed passed, $failed failed"
[[ $failed == 0 ]]
