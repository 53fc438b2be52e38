// One run of a probe by `signalbox run`, through the daemon's own path: for what modules do with the world around them.
import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lua } from './lua.mjs';
import { makeDirectory } from './postgres.mjs';
import { runProgram } from './program.mjs';
import { program } from './stack.mjs';

/** A place to run probes from, gone with the test. `secrets`: texts by name. */
export async function openDesk(t, { secrets = {} } = {}) {
  const directory = await makeDirectory('desk');
  t.after(() => rm(directory, { recursive: true, force: true }));
  const at = (...names) => path.join(directory, ...names);
  await mkdir(at('secrets'));
  for (const [name, text] of Object.entries(secrets)) await writeFile(at('secrets', name), text);
  // Users who may not walk to the build's folder run the program too.
  const signalbox = at('signalbox');
  await copyFile(program('signalbox'), signalbox);
  await chmod(signalbox, 0o755);
  let runs = 0;
  return {
    directory,
    at,
    /**
     * Runs the body of a probe. Returns {status, error_message, measures}. `settings` is seen as `settings`, `uid` is who runs it (root is needed for
     * another one), `limits` and `declared` are Lua source.
     */
    async probe(body, { settings = {}, uid, timeout = '60s', limits = '{}', env } = {}) {
      const place = at(`run-${++runs}`);
      await mkdir(place);
      await writeFile(path.join(place, 'settings.lua'), `return ${lua(settings)}\n`);
      await writeFile(path.join(place, 'desk.lua'), `service { name = "desk", timeout = "${timeout}", limits = ${limits}, probe = function()\n${body}\nend }\n`);
      const as = uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'];
      const args = ['run', path.join(place, 'desk.lua'), '--json', '--secrets', at('secrets')];
      const { stdout, stderr } = await runProgram([...as, signalbox, ...args], { env }).catch((error) => error);
      if (/Sanitizer|runtime error/.test(stderr)) throw new Error(stderr);
      if (!stdout) throw new Error(`signalbox run said nothing but: ${stderr}`);
      return JSON.parse(stdout);
    },
  };
}
