// Who gets the alerts of a test: an HTTP server that keeps every message, in the order of its first byte, and answers as the test says.
import { once } from 'node:events';
import { createServer } from 'node:http';

/** A channel that posts the message as it is. Declared under the name that services' webhook_url goes to. */
export const webhook = (name = 'webhook', url = '', timeout = '5s') => `channel {
  name = "${name}", title = "A test's receiver", timeout = "${timeout}",
  send = function(message) return http.post(message.url or "${url}", { json = message }) end,
}`;

export class Receiver {
  /** {at (ms), path, message}: what was received whole, also when the answer was a refusal. */
  messages = [];
  sockets = new Set();

  /** `answer(message, request)`: undefined (200), a number, {status, headers, body}, "cut" (the connection ends) or a promise of one of them. */
  static async start(t, answer = () => undefined) {
    const receiver = new Receiver();
    receiver.answer = answer;
    await receiver.#listen(0);
    t.after(() => receiver.stop());
    return receiver;
  }

  async #listen(port) {
    this.server = createServer((request, response) => this.#take(request, response));
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}/hook`;
  }

  async #take(request, response) {
    const at = Date.now();
    let text = '';
    request.setEncoding('utf8');
    for await (const data of request) text += data;
    const message = JSON.parse(text);
    this.messages.push({ at, path: request.url, message });
    const said = (await this.answer(message, request)) ?? 200;
    if (said === 'cut') {
      request.socket.destroy();
      return;
    }
    const { status = 200, headers = {}, body = '' } = typeof said === 'number' ? { status: said } : said;
    response.on('error', () => {});
    response.writeHead(status, headers).end(body);
  }

  /** Alerts that arrived, as "event service", each message once by its key. */
  get told() {
    const seen = new Set();
    return this.messages
      .filter(({ message }) => !seen.has(message.id) && seen.add(message.id))
      .flatMap(({ message }) => message.alerts.map((alert) => `${alert.event} ${alert.service_name}`));
  }

  /** Nobody is there any more; start again with back(). */
  async stop() {
    for (const socket of this.sockets) socket.destroy();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  back() {
    return this.#listen(this.port);
  }
}
