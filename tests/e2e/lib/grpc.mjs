// A gRPC server of one's own (grpcio, tests/e2e/lib/grpcd.py), on loopback.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from './program.mjs';
import { until } from './until.mjs';

const script = fileURLToPath(new URL('grpcd.py', import.meta.url));

export class Grpc {
  /**
   * @param {string} directory of its own, made here
   * @param {object} how see grpcd.py
   */
  static async start(directory, how) {
    await mkdir(directory, { recursive: true });
    const server = new Grpc();
    server.program = new Program('grpcd', ['/usr/bin/python3', script, JSON.stringify(how)], { log: path.join(directory, 'grpcd.log') });
    server.port = await until('the gRPC server listens', () => {
      if (!server.program.isRunning) throw new Error(`it has ended:\n${server.program.words}`);
      return server.program.words.match(/^listening (\d+)$/m)?.[1];
    });
    return server;
  }

  stop() {
    return this.program.kill();
  }
}
