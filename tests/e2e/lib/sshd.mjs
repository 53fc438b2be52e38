// A real sshd on loopback, with keys of its own, for the user who runs the tests. It is a process of its own and asks nothing of /etc/ssh.
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import { once } from 'node:events';
import path from 'node:path';
import { makeDirectory } from './postgres.mjs';
import { Program, runProgram } from './program.mjs';
import { until } from './until.mjs';

async function makeKey(file, type = 'ed25519', passphrase = '') {
  await runProgram(['ssh-keygen', '-q', '-t', type, '-N', passphrase, '-C', 'test', '-f', file]);
  return { private: await readFile(file, 'utf8'), public: (await readFile(`${file}.pub`, 'utf8')).trim() };
}

/**
 * Starts it; it ends with the test. `options`: text that stands before the key in authorized_keys, such as command="...".
 * Returns {port, user, key (a private key's text that is let in), stranger (one that is not), locked (one with a passphrase), knownHosts (a file's text),
 * otherHosts (with another key in it), signal(name)}.
 */
export async function startSshd(t, { options = '' } = {}) {
  const directory = await makeDirectory('sshd');
  const at = (...names) => path.join(directory, ...names);
  const [host, other, key, stranger, locked] = await Promise.all([
    makeKey(at('host')), makeKey(at('other')), makeKey(at('key')), makeKey(at('stranger')), makeKey(at('locked'), 'ed25519', 'passphrase'),
  ]);
  await writeFile(at('authorized_keys'), `${options} ${key.public}\n`.trimStart(), { mode: 0o600 });
  await chmod(directory, 0o755);
  // Where it locks itself in before it knows who is there; a daemon of the machine's own would have it made.
  if (process.getuid() === 0 && !existsSync('/run/sshd')) await mkdir('/run/sshd', { mode: 0o755 });
  const free = net.createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address();
  free.close();
  await once(free, 'close');
  await writeFile(at('sshd_config'), [
    `ListenAddress 127.0.0.1:${port}`, `HostKey ${at('host')}`, `AuthorizedKeysFile ${at('authorized_keys')}`, `PidFile ${at('sshd.pid')}`,
    'PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'PermitRootLogin prohibit-password', 'StrictModes no', 'UsePAM no', 'LogLevel VERBOSE', '',
  ].join('\n'));
  const program = new Program('sshd', ['/usr/sbin/sshd', '-D', '-e', '-f', at('sshd_config')], { log: at('log/sshd.log') });
  t.after(async () => {
    program.signal('SIGCONT');
    await program.kill();
    await rm(directory, { recursive: true, force: true });
  });
  const greets = async () => {
    const socket = net.connect(port, '127.0.0.1');
    const [data] = await once(socket, 'data');
    socket.destroy();
    return data.toString().startsWith('SSH-2.0-');
  };
  await until('sshd greets', async () => !program.isRunning || greets());
  if (!program.isRunning) throw new Error(`sshd has ended: ${program.words}`);
  const line = (publicKey) => `[127.0.0.1]:${port} ${publicKey.split(' ').slice(0, 2).join(' ')}\n`;
  return {
    port,
    user: os.userInfo().username,
    key: key.private,
    stranger: stranger.private,
    locked: locked.private,
    knownHosts: line(host.public),
    otherHosts: line(other.public),
    signal: (name) => program.signal(name),
  };
}
