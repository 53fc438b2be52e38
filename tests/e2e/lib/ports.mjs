// Ports for servers that cannot choose one themselves.
import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port of 127.0.0.1 that nobody had a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Starts a server that has to be told its port: `start(port)` rejects when it could not have it. Somebody else may be faster, which is tried again.
 */
export async function startOnPort(start) {
  for (let tries = 5; ; tries--) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (tries === 1) throw error;
    }
  }
}
