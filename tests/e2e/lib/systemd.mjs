// A real systemd with its bus, polkit and journal, booted beside this machine's own processes: process 1 of namespaces of its own, in a root directory
// of Debian's packages that is made once a machine. Needs root.
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { endNamespaces, makeOnce, openGroups, OWN_ROOT, release, signalInside } from './namespaces.mjs';
import { makeDirectory } from './postgres.mjs';
import { Program, runProgram } from './program.mjs';
import { until } from './until.mjs';

const PACKAGES = 'systemd,systemd-sysv,dbus,polkitd,libpam-systemd';
const BOOT = fileURLToPath(new URL('boot-systemd.sh', import.meta.url));
/** What a namespace has no use for, or may not do. */
const MASKED = [
  'systemd-sysctl.service', 'systemd-modules-load.service', 'systemd-remount-fs.service', 'systemd-udevd.service', 'getty@tty1.service', 'console-getty.service',
];

/** The root directory, made by mmdebstrap from the mirror that apt uses here, of the same release. */
const makeRoot = () =>
  makeOnce('systemd-1', async (root) => {
    const format = ['apt-get', 'indextargets', '--format', '$(SITE) $(RELEASE)', 'Created-By: Packages', 'Component: main'];
    const targets = (await runProgram(format)).stdout.split('\n').map((line) => line.split(' '));
    const mirror = targets.find(([, name]) => name === release)[0];
    await runProgram(['mmdebstrap', '--mode=root', '--variant=essential', `--include=${PACKAGES}`, release, root, mirror]);
  });

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
  await put('/etc/systemd/journald.conf', '[Journal]\nStorage=volatile\n');
  await put('/etc/hostname', 'under-test\n');
  for (const [name, text] of Object.entries(files)) await put(name, text);
  await mkdir(at('files/etc/systemd/system/multi-user.target.wants'), { recursive: true });
  for (const name of ['booted.service', ...wanted]) await symlink(`../${name}`, at('files/etc/systemd/system/multi-user.target.wants', name));
  for (const name of MASKED) await symlink('/dev/null', at('files/etc/systemd/system', name));
  await chmod(at('files/etc'), 0o755);

  const groups = await openGroups();
  const program = new Program('systemd', [OWN_ROOT, BOOT, groups.path, root, directory], { log: at('log/systemd.log') });
  t.after(async () => {
    await endNamespaces(program, 'systemd', groups);
    await rm(directory, { recursive: true, force: true });
  });
  await until('systemd has booted', () => !program.isRunning || existsSync(at('run/booted')), 60);
  if (!program.isRunning) throw new Error(`systemd has ended: ${program.words.slice(-2000)}`);
  return { bus: `unix:path=${at('run/dbus/system_bus_socket')}`, journal: at('run/log/journal'), run: at('run'), signal: (name) => signalInside(program, name) };
}
