// A whole running Signalbox for a browser to look at, as ./dev starts it: Postgres, scheduler, API and nginx, with the checks of the project and
// one more whose target a test can switch off. In front of nginx stands a wire that can be cut, so that a server is lost as networks lose it.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const project = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** What the further check looks at: an HTTP server that is there or gone. */
async function startTarget() {
  const port = await freePort();
  let server = null;
  const target = {
    port,
    async up() {
      server = createServer((_request, response) => response.end('here')).listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async down() {
      const closing = server;
      server = null;
      if (!closing) return;
      closing.close();
      closing.closeAllConnections();
      await once(closing, 'close');
    },
  };
  await target.up();
  return target;
}

/** From a port of its own to `toPort`, until it is cut. */
async function startWire(toPort) {
  const sockets = new Set();
  const port = await freePort();
  const keep = (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  let server = null;
  const wire = {
    port,
    async mend() {
      server = net
        .createServer((from) => {
          const to = keep(net.connect(toPort, '127.0.0.1'));
          keep(from).pipe(to).pipe(from);
          from.on('close', () => to.destroy());
          to.on('close', () => from.destroy());
        })
        .listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async cut() {
      const closing = server;
      server = null;
      if (!closing) return;
      closing.close();
      for (const socket of sockets) socket.destroy();
      await once(closing, 'close');
    },
  };
  await wire.mend();
  return wire;
}

function watchedCheck(port) {
  return `service {
  name = "watched", title = "Watched target", group = "Tests",
  every = "500ms", timeout = "2s", retry_every = "200ms", fall = 1, critical = true,
  probe = function()
    local response = http.get("http://127.0.0.1:${port}/"):expect(200)
    return { response_ms = response.ms, greeting = response.body }
  end,
  limits = { response_ms = { degraded = "> 1900" }, greeting = { down = "~= 'here'" } },
}
`;
}

/** Everything is in a directory of its own and gone after stop(). */
export async function startStack() {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sb-page-'));
  const state = path.join(directory, 'state');
  const checks = path.join(directory, 'checks.d');
  const [port, target] = [await freePort(), await startTarget()];
  await cp(path.join(project, 'checks.d'), checks, { recursive: true });
  await writeFile(path.join(checks, 'watched.lua'), watchedCheck(target.port));
  const env = { ...process.env, SIGNALBOX_PORT: String(port), SIGNALBOX_STATE: state, SIGNALBOX_CHECKS: checks };
  for (const name of ['SIGNALBOX_DATABASE_URL', 'SIGNALBOX_API_DATABASE_URL', 'SIGNALBOX_ADMIN_PASSWORD']) delete env[name];
  const dev = (...args) => run(path.join(project, 'dev'), args, { env, cwd: project });

  let wire = null;
  const stack = {
    directory,
    target,
    name: 'admin',
    password: '',
    /** Through the wire. */
    url: '',
    get wire() {
      return wire;
    },
    /** Asks the API itself, past the wire. */
    async get(route) {
      const authorization = `Basic ${Buffer.from(`admin:${stack.password}`).toString('base64')}`;
      const response = await fetch(`http://127.0.0.1:${port}${route}`, { headers: { Authorization: authorization } });
      return response.json();
    },
    async stop() {
      await dev('stop').catch((error) => console.error(error.stderr));
      await wire?.cut();
      await target.down();
      await rm(directory, { recursive: true, force: true });
    },
  };
  try {
    await dev('run', '--detach');
    stack.password = (await readFile(path.join(state, 'admin-password'), 'utf8')).trim();
    wire = await startWire(port);
    stack.url = `http://127.0.0.1:${wire.port}/`;
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}
