#!/usr/bin/env bash
# Runs a real dockerd in namespaces of its own, so that all its containers end with it. usage: run-dockerd.sh TREE OPTIONS...
# TREE is where Debian's packages docker.io, containerd and runc were unpacked.
set -euo pipefail
tree=$1
shift
export PATH=$tree/usr/bin:$tree/usr/sbin:$PATH
machine=$(uname -m)-linux-gnu
export LD_LIBRARY_PATH=$tree/usr/lib/$machine:$tree/lib/$machine

# Containers get control groups below the one of the daemon, which it sees as the root: of version 2, without any controller.
groups=/sys/fs/cgroup/unified
[[ -d $groups ]] || groups=/sys/fs/cgroup
mkdir "$groups/signalbox-docker-$$"
echo $$ >"$groups/signalbox-docker-$$/cgroup.procs"

start() {
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  exec dockerd "$@"
}
export -f start
exec unshare --mount --pid --fork --mount-proc --cgroup --kill-child --propagation private bash -euc 'start "$@"' start "$@"
