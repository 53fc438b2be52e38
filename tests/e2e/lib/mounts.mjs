// File systems of one's own, where the machine lets us mount: small ones, and one that hangs.
import { close, openSync, read, write } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { runProgram } from './program.mjs';

/** Whether mounting is possible at all: as root, and not in a container without the right to. */
export async function canMount(place) {
  if (process.getuid() !== 0) return false;
  await mkdir(place);
  try {
    await runProgram(['mount', '-t', 'tmpfs', 'none', place]);
    await runProgram(['umount', place]);
    return true;
  } catch {
    return false;
  }
}

/** A tmpfs with these options ("size=1m"), gone with the test. */
export async function mountSmall(t, place, options) {
  await mkdir(place);
  await runProgram(['mount', '-t', 'tmpfs', '-o', `mode=777,${options}`, 'none', place]);
  t.after(() => runProgram(['umount', '-l', place]));
}

// The kernel's side of FUSE (linux/fuse.h), protocol 7.31.
const FUSE_INIT = 26;
const IN_HEADER = 40;

/**
 * A mount that hangs like that of a dead file server: it was mounted in order, and since then every question sleeps in the kernel, where not even
 * SIGKILL reaches it. This process is its server. Returns {release()}.
 */
export async function mountHung(t, place) {
  await mkdir(place);
  const device = openSync('/dev/fuse', 'r+');
  // mount(8) makes the system call with the descriptor that it inherits.
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0,allow_other';
  const mount = spawn('mount', ['-i', '-t', 'fuse', '-o', options, 'hung', place], { stdio: ['ignore', 'inherit', 'inherit', device] });
  const [code] = await once(mount, 'exit');
  if (code !== 0) throw new Error(`mount -t fuse ended with ${code}`);
  const buffer = Buffer.alloc(1 << 17);
  let isOpen = true;
  const take = () =>
    read(device, buffer, 0, buffer.length, null, (error) => {
      if (error || !isOpen) return;
      if (buffer.readUInt32LE(4) === FUSE_INIT) {
        const reply = Buffer.alloc(16 + 64);
        reply.writeUInt32LE(reply.length, 0);
        buffer.copy(reply, 8, 8, 16); // which request is answered
        reply.writeUInt32LE(7, 16);
        reply.writeUInt32LE(31, 20);
        buffer.copy(reply, 24, IN_HEADER + 8, IN_HEADER + 12); // read-ahead as offered
        reply.writeUInt16LE(12, 32);
        reply.writeUInt16LE(9, 34);
        reply.writeUInt32LE(65536, 36);
        write(device, reply, () => {});
      }
      take(); // whatever else is asked is not answered
    });
  take();
  const mounted = {
    /** Sleepers wake up with an error, and the mount is taken away: forced, which ends the connection. */
    async release() {
      if (!isOpen) return;
      isOpen = false;
      await runProgram(['umount', '--no-canonicalize', '--force', '--lazy', place]);
      close(device, () => {});
    },
  };
  t.after(() => mounted.release());
  return mounted;
}
