// A real Docker Engine with containers of busybox, beside whatever else runs here: Debian's packages unpacked, not installed, and run in namespaces.
// Needs root. Networks, iptables and limits of resources are left alone.
import { copyFile, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { endNamespaces, makeOnce, openGroups, OWN_ROOT, signalInside } from './namespaces.mjs';
import { makeDirectory } from './postgres.mjs';
import { Program, runProgram } from './program.mjs';
import { until } from './until.mjs';

const RUN = fileURLToPath(new URL('run-dockerd.sh', import.meta.url));
/** With the libraries that a small machine has not. */
const PACKAGES = ['docker.io', 'containerd', 'runc', 'tini', 'libdevmapper1.02.1', 'libseccomp2'];
const IMAGE = 'busybox:test';

const unpack = () =>
  makeOnce('docker-1', async (tree) => {
    await mkdir(`${tree}.debs`);
    await runProgram(['apt-get', 'download', '-q', '-o', 'APT::Sandbox::User=root', ...PACKAGES], { cwd: `${tree}.debs` });
    for (const name of await readdir(`${tree}.debs`)) await runProgram(['dpkg', '-x', path.join(`${tree}.debs`, name), tree]);
  });

/**
 * Starts it; it ends with the test. `listen`: further options of dockerd, such as a TCP address with TLS.
 * Returns {socket, api(method, path, body?) -> {status, body}, start(name, command, more?), signal(name) to the daemon}.
 */
export async function startDocker(t, { listen = [] } = {}) {
  const tree = await unpack();
  const directory = await makeDirectory('docker');
  const at = (...names) => path.join(directory, ...names);
  const socket = at('docker.sock');
  const options = [
    '--host', `unix://${socket}`, ...listen, '--data-root', at('root'), '--exec-root', at('exec'), '--pidfile', at('docker.pid'),
    '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--bridge=none', '--storage-driver=vfs',
  ];
  const groups = await openGroups();
  const program = new Program('dockerd', [OWN_ROOT, RUN, groups.path, tree, ...options], { log: at('log/dockerd.log') });
  t.after(async () => {
    await endNamespaces(program, 'docker', groups);
    await rm(directory, { recursive: true, force: true });
  });

  const api = (method, target, body) =>
    new Promise((resolve, reject) => {
      const isTar = Buffer.isBuffer(body);
      const headers = { 'content-type': isTar ? 'application/x-tar' : 'application/json' };
      const request = http.request({ socketPath: socket, method, path: target, headers }, (response) => {
        const data = [];
        response.on('data', (d) => data.push(d)).on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(data).toString() }));
      });
      request.on('error', reject).end(isTar ? body : body && JSON.stringify(body));
    });
  const must = async (method, target, body) => {
    const answer = await api(method, target, body);
    if (answer.status >= 300) throw new Error(`docker: ${method} ${target}: ${answer.status} ${answer.body}`);
    return answer;
  };
  await until('the engine answers', async () => !program.isRunning || (await api('GET', '/_ping')).body === 'OK', 60);
  if (!program.isRunning) throw new Error(`dockerd has ended: ${program.words.slice(-2000)}`);

  // An image without any registry: busybox alone.
  await mkdir(at('image/bin'), { recursive: true });
  await copyFile('/bin/busybox', at('image/bin/busybox'));
  for (const name of ['sh', 'sleep']) await symlink('busybox', at('image/bin', name));
  await runProgram(['tar', '-C', at('image'), '-cf', at('image.tar'), '.']);
  await must('POST', `/images/create?fromSrc=-&repo=${IMAGE.split(':')[0]}&tag=${IMAGE.split(':')[1]}`, await readFile(at('image.tar')));

  return {
    socket,
    api,
    /** A container that runs this shell command; `more` are fields of the request that creates it. */
    async start(name, command, more = {}) {
      const { HostConfig, ...rest } = more;
      const body = { Image: IMAGE, Cmd: ['sh', '-c', command], HostConfig: { NetworkMode: 'none', ...HostConfig }, ...rest };
      await must('POST', `/containers/create?name=${name}`, body);
      await must('POST', `/containers/${name}/start`);
    },
    signal: (name) => signalInside(program, name),
  };
}
