#!/usr/bin/env bash
# Runs a real dockerd in namespaces of its own, so that all its containers end with it. usage: run-dockerd.sh GROUPS TREE OPTIONS...
# GROUPS is where control groups of version 2 are, TREE where Debian's packages docker.io, containerd and runc were unpacked.
set -euo pipefail
groups=$1
tree=$2
shift 2
export PATH=$tree/usr/bin:$tree/usr/sbin:$PATH
machine=$(uname -m)-linux-gnu
export LD_LIBRARY_PATH=$tree/usr/lib/$machine:$tree/lib/$machine

# Containers get control groups below the one of the daemon, which it sees as the root: without any controller.
mkdir "$groups/signalbox-docker-$$"
echo $$ >"$groups/signalbox-docker-$$/cgroup.procs"

start() {
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  exec dockerd "$@"
}
export -f start
exec unshare --mount --pid --fork --mount-proc --cgroup --kill-child --propagation private bash -euc 'start "$@"' start "$@"
