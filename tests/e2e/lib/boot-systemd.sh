#!/usr/bin/env bash
# Boots a real systemd as process 1 of namespaces of its own. usage: boot-systemd.sh GROUPS LOWER DIR
#
# GROUPS is where control groups of version 2 are. LOWER is a root directory with systemd in it, which stays as it is: what is written goes to a tmpfs
# above it. What lies in DIR/files is put into the root first. DIR/run is its /run: there its bus and its journal are seen from outside. Ends with systemd.
set -euo pipefail
groups=$1
lower=$2
dir=$3

# systemd tracks processes by control groups and wants a tree of them: without any controller. It sees this group as the root.
mkdir "$groups/signalbox-systemd-$$"
echo $$ >"$groups/signalbox-systemd-$$/cgroup.procs"

boot() {
  local lower=$1 dir=$2 root=$2/root device
  mkdir -p "$root" "$dir/above" "$dir/run"
  mount -t tmpfs -o mode=755 above "$dir/above"
  mkdir "$dir/above/upper" "$dir/above/work"
  mount -t overlay -o "lowerdir=$lower,upperdir=$dir/above/upper,workdir=$dir/above/work" root "$root"
  cp -a "$dir/files/." "$root/"

  mount -t proc proc "$root/proc"
  mount --bind "$root/proc/sys" "$root/proc/sys"
  mount -o remount,bind,ro "$root/proc/sys" # the machine's settings are not ours
  mount -t tmpfs -o mode=755 sys "$root/sys"
  mkdir -p "$root/sys/fs/cgroup"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  mount -t tmpfs -o mode=755 dev "$root/dev"
  for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  mount -t tmpfs shm "$root/dev/shm"
  mount -t tmpfs tmp "$root/tmp"
  mount --bind "$dir/run" "$root/run"

  hostname under-test
  cd "$root"
  mkdir -p .old
  pivot_root . .old
  umount -l /.old
  exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system
}
export -f boot
exec unshare --mount --pid --fork --ipc --uts --net --cgroup --kill-child --propagation private bash -euc 'boot "$@"' boot "$lower" "$dir"
