#!/usr/bin/env bash
# Runs a command, in this process, where the root directory is a mount. usage: own-root.sh COMMAND...
# In a bare chroot it is none, and neither unshare nor pivot_root can do with it what they must.
set -euo pipefail
if mountpoint -q /; then
  exec "$@"
fi
enter() {
  local root=/tmp/signalbox-root
  mount --make-private "$(findmnt -n -o TARGET --target /tmp)" 2>/dev/null || true # nobody else is to see the next one
  mkdir -p "$root"
  mount --rbind / "$root"
  exec chroot "$root" "$@"
}
export -f enter
exec unshare --mount --propagation unchanged bash -euc 'enter "$@"' enter "$@"
