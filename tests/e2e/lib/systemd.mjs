// A real systemd with its bus, polkit and journal, booted beside this machine's own processes: process 1 of namespaces of its own, in a root directory
// of Debian's packages that is made once a machine. Needs root.
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDirectory } from './postgres.mjs';
import { Program, runProgram } from './program.mjs';
import { until } from './until.mjs';

const CACHE = '/var/cache/signalbox-tests';
const PACKAGES = 'systemd,systemd-sysv,dbus,polkitd,libpam-systemd';
const BOOT = fileURLToPath(new URL('boot-systemd.sh', import.meta.url));
/** What a namespace has no use for, or may not do. */
const MASKED = [
  'systemd-sysctl.service', 'systemd-modules-load.service', 'systemd-remount-fs.service', 'systemd-udevd.service', 'getty@tty1.service', 'console-getty.service',
];

/** Why a systemd cannot be booted here; undefined when it can. */
export const noSystemd = () => {
  if (process.getuid() !== 0) return 'only root can boot a systemd in namespaces';
  return undefined;
};

/** The root directory, made by mmdebstrap from the mirror that apt uses here, of the same release. */
async function makeRoot() {
  const os = await readFile('/etc/os-release', 'utf8');
  const release = /^VERSION_CODENAME=(.*)$/m.exec(os)[1];
  const root = path.join(CACHE, `systemd-${release}-1`);
  if (existsSync(root)) return root;
  const format = ['apt-get', 'indextargets', '--format', '$(SITE) $(RELEASE)', 'Created-By: Packages', 'Component: main'];
  const targets = (await runProgram(format)).stdout.split('\n').map((line) => line.split(' '));
  const mirror = targets.find(([, name]) => name === release)[0];
  await mkdir(CACHE, { recursive: true });
  const made = await mkdtemp(path.join(CACHE, 'making-'));
  try {
    await runProgram(['mmdebstrap', '--mode=root', '--variant=essential', `--include=${PACKAGES}`, release, path.join(made, 'root'), mirror]);
    await rename(path.join(made, 'root'), root).catch((error) => {
      if (!existsSync(root)) throw error; // another one was quicker
    });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  return root;
}

/** Removes a control group and those in it, once nothing is in them. */
async function removeGroup(group) {
  for (const entry of await readdir(group, { withFileTypes: true })) if (entry.isDirectory()) await removeGroup(path.join(group, entry.name));
  await runProgram(['rmdir', group]);
}

/**
 * Boots it; it ends with the test. `files`: texts by absolute path, put into its root before (units into /etc/systemd/system, rules into
 * /etc/polkit-1/rules.d). `wanted`: units that are started at boot. `users`: { name: uid }.
 * Returns {bus (an address), journal (a directory for journalctl -D), run (its /run, as seen from here), signal(name) to its process 1}.
 */
export async function bootSystemd(t, { files = {}, wanted = [], users = {} } = {}) {
  const root = await makeRoot();
  const directory = await makeDirectory('systemd');
  const at = (...names) => path.join(directory, ...names);
  const put = async (name, text) => {
    await mkdir(path.dirname(at('files', name)), { recursive: true });
    await writeFile(at('files', name), text);
  };
  const passwd = await readFile(path.join(root, 'etc/passwd'), 'utf8');
  await put('/etc/passwd', passwd + Object.entries(users).map(([name, uid]) => `${name}:x:${uid}:${uid}::/:/usr/sbin/nologin\n`).join(''));
  // Its last unit tells that all is up.
  await put('/etc/systemd/system/booted.service',
    `[Unit]\nAfter=${['dbus.socket', ...wanted].join(' ')}\n[Service]\nType=oneshot\nExecStart=/bin/touch /run/booted\n`);
  for (const [name, text] of Object.entries(files)) await put(name, text);
  await mkdir(at('files/etc/systemd/system/multi-user.target.wants'), { recursive: true });
  for (const name of ['booted.service', ...wanted]) await symlink(`../${name}`, at('files/etc/systemd/system/multi-user.target.wants', name));
  for (const name of MASKED) await symlink('/dev/null', at('files/etc/systemd/system', name));
  await chmod(at('files/etc'), 0o755);

  const program = new Program('systemd', [BOOT, root, directory], { log: at('log/systemd.log') });
  const children = async () => (await readFile(`/proc/${program.pid}/task/${program.pid}/children`, 'utf8')).trim().split(' ').filter(Boolean);
  const signal = async (name) => {
    for (const pid of await children()) process.kill(Number(pid), name);
  };
  t.after(async () => {
    // Its process 1 takes all others with it; unshare waits for it, and neither heeds SIGTERM.
    if (program.isRunning) await signal('SIGKILL');
    await program.kill();
    const tree = existsSync('/sys/fs/cgroup/unified') ? '/sys/fs/cgroup/unified' : '/sys/fs/cgroup';
    await until('its processes are gone', () => removeGroup(`${tree}/signalbox-systemd-${program.pid}`).then(() => true));
    await rm(directory, { recursive: true, force: true });
  });
  await until('systemd has booted', () => {
    if (!program.isRunning) throw new Error(program.words);
    return existsSync(at('run/booted'));
  }, 60);
  return { bus: `unix:path=${at('run/dbus/system_bus_socket')}`, journal: at('journal'), run: at('run'), signal };
}
