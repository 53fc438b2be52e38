// A wall clock of one's own for the programs of a stack: libfaketime (Debian's faketime) stands before them. The monotonic clock goes on as it does, and
// Postgres, which may stand on another machine, has the real one unless the test wants everything
// to happen at the same moment of the past.
import { existsSync } from 'node:fs';
import { readdir, rename, writeFile } from 'node:fs/promises';

async function library() {
  for (const directory of await readdir('/usr/lib')) {
    const file = `/usr/lib/${directory}/faketime/libfaketimeMT.so.1`;
    if (existsSync(file)) return file;
  }
  throw new Error('libfaketime is not there: install the package faketime');
}

export async function makeClock(file) {
  const clock = {
    /** For the programs: they look into the file whenever they want to know the time. */
    env: {
      LD_PRELOAD: await library(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      // A file's time is what it was set to; and programs that look at files do not wait for one another.
      NO_FAKE_STAT: '1',
      // The sanitizers' library wants to be the first one; it takes what it needs all the same.
      ASAN_OPTIONS: 'verify_asan_link_order=0:detect_leaks=1',
    },
    /** So many seconds ahead of the real one from now on, for all of them at once. */
    async set(seconds) {
      await writeFile(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`, { mode: 0o644 });
      await rename(`${file}.new`, file);
      clock.ahead = seconds;
    },
    /** What a program of the stack takes for now, milliseconds. */
    now: () => Date.now() + clock.ahead * 1000,
  };
  await clock.set(0);
  return clock;
}
