// What daemons that are started in namespaces of their own have in common: what they need is made once a machine, and they end whole.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './program.mjs';
import { until } from './until.mjs';

/** Debian's name of the release here, such as "bookworm". */
export const release = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];

/** What a command for namespaces is to be started by. */
export const OWN_ROOT = fileURLToPath(new URL('own-root.sh', import.meta.url));

const CACHE = '/var/cache/signalbox-tests';

/** Why a daemon cannot be started in namespaces of its own; undefined when it can. */
export const noNamespaces = () => (process.getuid() === 0 ? undefined : 'only root can make namespaces with control groups in them');

/**
 * The path of a folder that `make(path)` fills, once a machine and release of Debian. `name` has a number that grows with what is in it. Several may ask at
 * once: the first one to be ready is taken.
 */
export async function makeOnce(name, make) {
  const place = path.join(CACHE, `${release}-${name}`);
  if (existsSync(place)) return place;
  await mkdir(CACHE, { recursive: true });
  const making = await mkdtemp(path.join(CACHE, 'making-'));
  try {
    // A new machine has no lists, an old one names what is no longer there. Another one may be at it: then it is locked for a moment.
    await until('apt has its lists', () => runProgram(['apt-get', 'update', '-q']).then(() => true), 180);
    await make(path.join(making, 'it'));
    await rename(path.join(making, 'it'), place).catch((error) => {
      if (!existsSync(place)) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return place;
}

/** To process 1 of the namespace that `program` (unshare --fork) has made. */
export async function signalInside(program, name) {
  const children = (await readFile(`/proc/${program.pid}/task/${program.pid}/children`, 'utf8')).trim().split(' ').filter(Boolean);
  for (const pid of children) process.kill(Number(pid), name);
}

const ofVersion2 = async (folder) => (await runProgram(['stat', '-f', '-c', '%T', folder])).stdout.trim() === 'cgroup2fs';

/**
 * Where control groups of version 2 are: `{path, close()}`. On a machine that shows none, as in a bare chroot, they are mounted for the test's time.
 * The daemon's own group in there is signalbox-KIND-PID; endNamespaces removes it.
 */
export async function openGroups() {
  for (const folder of ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'])
    if (existsSync(folder) && (await ofVersion2(folder))) return { path: folder, close: async () => {} };
  const folder = await mkdtemp(path.join(tmpdir(), 'signalbox-groups-'));
  await runProgram(['mount', '-t', 'cgroup2', 'cgroup2', folder]);
  return {
    path: folder,
    async close() {
      await runProgram(['umount', '-l', folder]);
      await rm(folder, { recursive: true });
    },
  };
}

async function removeGroup(group) {
  for (const entry of await readdir(group, { withFileTypes: true })) if (entry.isDirectory()) await removeGroup(path.join(group, entry.name));
  await runProgram(['rmdir', group]);
}

/** Ends all of it: process 1 takes the others with it. Its control group goes too. */
export async function endNamespaces(program, kind, groups) {
  if (program.isRunning) await signalInside(program, 'SIGKILL');
  await program.kill();
  await until('its processes are gone', () => removeGroup(`${groups.path}/signalbox-${kind}-${program.pid}`).then(() => true));
  await groups.close();
}
