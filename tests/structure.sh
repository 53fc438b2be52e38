#!/usr/bin/env bash
# Holds what STYLE of the code says and no compiler checks: which room may include which, one door to each library, sizes, and that the README's map
# names every file. Prints what is wrong; silent when nothing is.
set -euo pipefail
cd "$(dirname "$0")/.."
bad=0
fault() {
  echo "structure: $*" >&2
  bad=$((bad + 1))
}

# ---- arrows: each room and the rooms it may include ----
declare -A may=(
  [base]="base"
  [core]="base core"
  [loop]="base core loop"
  [script]="base core loop script"
  [modules]="base core loop script modules"
  [runner]="base core loop script modules runner"
  [scheduler]="base core loop scheduler"
  [api]="base core api"
  [cli]="base core loop script modules cli"
)
for room in "${!may[@]}"; do
  while IFS=: read -r file other; do
    [[ " ${may[$room]} " == *" $other "* ]] || fault "$file includes $other/, which $room/ may not (${may[$room]})"
  done < <(grep -HoE '^#include "[a-z]+/' src/"$room"/*.[ch] | sed 's/:#include "/:/; s|/$||')
done

# ---- one door a library ----
door() { # header, allowed files as a regular expression
  local file
  while read -r file; do
    [[ $file =~ ^($2)$ ]] || fault "$file includes <$1>; its door is $2"
  done < <(grep -lE "^#include <$1>" src/*/*.[ch])
}
door 'fcgi(app|_config)\.h' 'src/api/fcgi\.c'
door 'curl/curl\.h' 'src/loop/multi\.h'
door 'curl/urlapi\.h' 'src/loop/url\.c'
door 'sqlite3\.h' 'src/scheduler/journal(_schema)?\.c'
door 'libpq-fe\.h' 'src/base/db\.c|src/loop/pgconn\.c'
door 'ares\.h' 'src/loop/cares\.h'
door 'libssh/.*' 'src/loop/remote\.c'
door 'systemd/.*' 'src/loop/bus\.h'
door 'hiredis/.*' 'src/modules/redis\.c'
door 'wslay/.*' 'src/loop/websocket\.c'
door 'glib\.h' 'src/core/zone\.c'
door 'crypt\.h' 'src/base/users\.c'
door '(lua|lauxlib|lualib)\.h' 'src/(script|modules)/.*'

# ---- sizes: a file fits in a head; longer ones say in their first lines why ----
for file in src/*/*.[ch]; do
  lines=$(wc -l <"$file")
  ((lines <= 500)) || head -n 12 "$file" | grep -q 'Longer than 500 lines because' || fault "$file has $lines lines (500)"
done

# ---- the map names every file: `room/name.c`+`.h`, or the one that there is ----
for file in src/*/*.[ch]; do
  name=${file#src/}
  stem=${name%.[ch]}
  grep -qF -e "\`$name\`" -e "\`$stem.c\`+\`.h\`" README.md || fault "the README's map does not name $file"
done

while read -r name; do fault "the README's map names more than once: $name"; done < <(grep -oE "^- \`[a-z]+/[^\`]+\`" README.md | sort | uniq -d)

# ---- nothing of the place where it was written ----
while read -r line; do fault "an absolute path of somebody's machine: $line"; done < <(
  grep -rnIE '/(home|Users)/[a-z]+/|/work/' --exclude-dir=node_modules --exclude={structure.sh,package-lock.json} \
    .ci CMakeLists.txt README.md dev src checks.d nginx migrations public/{src,index.html,*.ts} tests || true)

if ((bad)); then
  echo "structure: $bad faults" >&2
  exit 1
fi
