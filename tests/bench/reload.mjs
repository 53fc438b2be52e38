// One file of a thousand is changed: how long until it is taken, when asked to and by itself.
import { performance } from 'node:perf_hooks';
import { median, report } from './lib.mjs';

const FILES = 1000;
const ROUNDS = 15;

const source = (n, value) => `service { name = "s${n}", every = "1h", probe = function() return { v = ${value} } end, limits = { v = { down = "> ${value}" } } }\n`;

export default async function bench() {
  const { startStack, until } = await import('../e2e/lib/stack.mjs');
  const endings = [];
  try {
    const checks = Object.fromEntries(Array.from({ length: FILES }, (_, n) => [`f${n}.lua`, source(n, 0)]));
    const stack = await startStack({ after: (fn) => endings.push(fn) }, { parts: ['scheduler'], checks });
    const version = async (file) => (await stack.control({ op: 'status' })).files.find((one) => one.file === file).version;
    const asked = [], nothing = [], alone = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const file = `f${round * 7}.lua`, before = await version(file);
      await stack.writeCheck(file, source(round * 7, round));
      const from = performance.now();
      await stack.reload();
      asked.push(performance.now() - from);
      if ((await version(file)) === before) throw new Error('the change was not taken');
      const again = performance.now();
      await stack.reload();
      nothing.push(performance.now() - again);
    }
    for (let round = 1; round <= ROUNDS; round++) {
      const file = `f${round * 11}.lua`, before = await version(file), from = performance.now();
      await stack.writeCheck(file, source(round * 11, 100 + round));
      await until('it is taken', async () => (await version(file)) !== before, 5);
      alone.push(performance.now() - from);
    }
    const most = (list) => Math.max(...list).toFixed(1);
    report(`one file of ${FILES} changed, asked to reload: taken after`, `${median(asked).toFixed(1)} ms (${most(asked)} at most)`, 'under 50 ms', median(asked) < 50);
    report('  asked to reload with nothing changed', `${median(nothing).toFixed(1)} ms (${most(nothing)} at most)`);
    report('  not asked: taken by itself after', `${median(alone).toFixed(0)} ms (${most(alone)} at most)`, 'within 2 s', Math.max(...alone) < 2000);
  } finally {
    for (const end of endings.reverse()) await end();
  }
}
