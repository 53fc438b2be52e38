// ./dev bench: measurements as ratios against a baseline of the same run, with their spread. A target that is missed is said, and fails nothing: machines differ.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const build = process.env.SIGNALBOX_BUILD ??= fileURLToPath(new URL('../../build/release', import.meta.url));
const names = process.argv.slice(2);
for (const name of names.length ? names : ['runner', 'stack', 'api', 'stream', 'fleet', 'silent', 'reload', 'store', 'history', 'outage', 'alerts', 'page']) {
  const { default: bench } = await import(path.join(path.dirname(fileURLToPath(import.meta.url)), `${name}.mjs`));
  await bench(build);
}
