// What the checks of a test look at: an HTTP server whose answer the test sets.
import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * `answer(request)` returns what is sent: an object (as JSON), a text, a number (that status, no body), or a promise of one of them.
 * `held` requests wait until release() is called.
 */
export class Target {
  requests = 0;
  paths = []; // of every request, in order
  held = [];

  static async start(answer = () => ({})) {
    const target = new Target();
    target.answer = answer;
    target.server = createServer((request, response) => target.#take(request, response)).listen(0, '127.0.0.1');
    await once(target.server, 'listening');
    target.port = target.server.address().port;
    return target;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** From now on requests are taken and not answered. */
  hold() {
    this.isHolding = true;
  }

  release() {
    this.isHolding = false;
    for (const let_go of this.held.splice(0)) let_go();
  }

  async #take(request, response) {
    this.requests++;
    this.paths.push(request.url);
    response.on('error', () => {});
    if (this.isHolding) await new Promise((resolve) => this.held.push(resolve));
    const value = await this.answer(request);
    if (typeof value === 'number') response.writeHead(value).end();
    else if (typeof value === 'string') response.end(value);
    else response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
  }

  async stop() {
    this.release();
    this.server.close();
    this.server.closeAllConnections();
  }
}
