// A counterpart of ComfyUI's protocol. The real program needs a gigabyte of Python; this answers as real ones (0.2.7 and 0.12.1 were asked) do:
// GET /system_stats and /queue in their shapes, and on /ws a first message of type "status" at once, then pongs. A foreign Origin gets 403.
// POST /prompt validates and queues; one job after the other is executed, with its entry in the history, its events on the WebSocket of its client
// and the cache of what was executed before. Jobs that a test puts into `running` or `pending` itself stay there until it takes them out.
// RFC 6455 as far as that needs: frames shorter than 64 KiB, none fragmented.
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const ACCEPT_KEY = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

const GPU = {
  name: 'cuda:0 NVIDIA GeForce RTX 4090',
  type: 'cuda',
  index: 0,
  vram_total: 24e9,
  vram_free: 18e9,
  torch_vram_total: 0,
  torch_vram_free: 0,
};

/** The nodes that it has: the inputs that each one needs. */
const NODES = { EmptyImage: ['width', 'height', 'batch_size', 'color'], PreviewImage: ['images'] };
const OUTPUT_NODES = ['PreviewImage'];

const problem = (type, message, details, extra = {}) => ({ type, message, details, extra_info: extra });

/** What validation has against a workflow, as the body of a 400; null when it is right. */
function faultOf(prompt) {
  for (const [id, node] of Object.entries(prompt))
    if (!NODES[node.class_type])
      return { error: problem('invalid_prompt', `Cannot execute because node ${node.class_type} does not exist.`, `Node ID '#${id}'`), node_errors: {} };
  if (!Object.values(prompt).some((node) => OUTPUT_NODES.includes(node.class_type)))
    return { error: problem('prompt_no_outputs', 'Prompt has no outputs', ''), node_errors: [] };
  const nodes = {};
  for (const [id, node] of Object.entries(prompt)) {
    const missing = NODES[node.class_type].filter((input) => node.inputs[input] === undefined);
    const errors = missing.map((input) => problem('required_input_missing', 'Required input is missing', input, { input_name: input }));
    if (errors.length) nodes[id] = { errors, dependent_outputs: [id], class_type: node.class_type };
  }
  if (!Object.keys(nodes).length) return null;
  return { error: problem('prompt_outputs_failed_validation', 'Prompt outputs failed validation', ''), node_errors: nodes };
}

async function bodyOf(request) {
  let body = '';
  for await (const piece of request) body += piece;
  return JSON.parse(body);
}

function frame(opcode, payload = Buffer.alloc(0)) {
  const length = payload.length < 126 ? Buffer.from([payload.length]) : Buffer.from([126, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([Buffer.from([0x80 | opcode]), length, payload]);
}

/** Cuts the frames off the front of what was received: [[opcode, payload]], and the rest. Those of a client are masked. */
function readFrames(bytes) {
  const frames = [];
  for (;;) {
    if (bytes.length < 2) return [frames, bytes];
    const isLong = (bytes[1] & 127) === 126;
    const head = isLong ? 8 : 6;
    if (bytes.length < head) return [frames, bytes];
    const length = isLong ? bytes.readUInt16BE(2) : bytes[1] & 127;
    if (bytes.length < head + length) return [frames, bytes];
    const mask = bytes.subarray(head - 4, head);
    frames.push([bytes[0] & 15, Buffer.from(bytes.subarray(head, head + length).map((byte, i) => byte ^ mask[i % 4]))]);
    bytes = bytes.subarray(head + length);
  }
}

export class ComfyUI {
  version = '0.12.1';
  running = [];
  pending = [];
  devices = [GPU];
  firstMessage = 'status';
  /** What /models/<folder> lists. */
  models = { checkpoints: ['base.safetensors'] };
  /** What /internal/logs/raw has: [{t, m}]. */
  log = [];
  /** The paths that were asked for. */
  asked = [];
  /** What was asked of POST /free. */
  freed = [];
  /** What was executed: {id: its entry}, as /history has it. */
  history = {};
  /** The prompts that were submitted, and how many of them were executed rather than answered from the cache. */
  submitted = [];
  executed = 0;
  /** true: the job that is executed does not come to its end. */
  isStuck = false;
  /** What the next node raises: {node_id, node_type, exception_type, exception_message}. */
  failure = null;
  /** true: the next job is interrupted by somebody. */
  isInterrupted = false;
  /** true: the process is stopped; it accepts connections and never answers. */
  isStopped = false;
  /** true: HTTP answers, the WebSocket opens, and pings are not answered. */
  isDeaf = false;
  hasWebSocket = true;
  sockets = new Set();
  #clients = new Map();
  #cache = new Set();
  #number = 0;

  static async start() {
    const comfyui = new ComfyUI();
    comfyui.server = createServer((request, response) => comfyui.#answer(request, response));
    comfyui.server.on('upgrade', (request, socket) => comfyui.#upgrade(request, socket));
    comfyui.server.on('connection', (socket) => {
      comfyui.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => comfyui.sockets.delete(socket));
    });
    comfyui.server.listen(0, '127.0.0.1');
    await once(comfyui.server, 'listening');
    comfyui.url = `http://127.0.0.1:${comfyui.server.address().port}`;
    return comfyui;
  }

  async stop() {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  #answer(request, response) {
    this.asked.push(request.url);
    if (this.isStopped) return;
    const routes = {
      '/system_stats': () => ({
        system: {
          os: 'posix',
          ram_total: 64e9,
          ram_free: 40e9,
          comfyui_version: this.version,
          python_version: '3.12.3',
          pytorch_version: '2.6.0',
          embedded_python: false,
          argv: ['main.py'],
        },
        devices: this.devices,
      }),
      '/queue': () => ({ queue_running: this.running, queue_pending: this.pending }),
    };
    for (const [folder, names] of Object.entries(this.models)) routes[`/models/${folder}`] = () => names;
    routes['/internal/logs/raw'] = () => ({ entries: this.log, size: { cols: 80, rows: 24 } });
    const [, folder, id] = request.url.split('/');
    if (folder === 'history' && id) routes[request.url] = () => (this.history[id] ? { [id]: this.history[id] } : {});
    routes['/history'] = () => this.history;
    routes['/prompt'] = () => ({ exec_info: { queue_remaining: this.running.length + this.pending.length } });
    const posts = {
      '/free': () => this.#free(request, response),
      '/prompt': () => this.#submit(request, response),
      '/queue': () => this.#withdraw(request, response),
      '/history': () => this.#forget(request, response),
    };
    const route = routes[request.url];
    if (request.headers.origin) response.writeHead(403).end();
    else if (request.method === 'POST') (posts[request.url] ?? (() => response.writeHead(405).end()))();
    else if (route) response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(route()));
    else response.writeHead(404).end('404: Not Found');
  }

  /** Answers at once, with nothing, and does it later, as the real one does. */
  async #free(request, response) {
    this.freed.push(await bodyOf(request));
    this.devices = this.devices.map((device) => ({ ...device, vram_free: device.vram_total }));
    response.writeHead(200).end();
  }

  async #submit(request, response) {
    const { prompt, client_id } = await bodyOf(request);
    this.submitted.push(prompt);
    const fault = faultOf(prompt);
    const id = randomUUID();
    if (!fault) {
      const extra = { client_id, create_time: Date.now() };
      this.pending.push([this.#number++, id, prompt, extra, Object.keys(prompt).filter((node) => OUTPUT_NODES.includes(prompt[node].class_type))]);
    }
    const answer = fault ?? { prompt_id: id, number: this.#number - 1, node_errors: {} };
    response.writeHead(fault ? 400 : 200, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(answer));
    this.work();
  }

  async #withdraw(request, response) {
    const { delete: ids = [], clear } = await bodyOf(request);
    this.pending = this.pending.filter(([, id]) => !clear && !ids.includes(id));
    response.writeHead(200).end();
  }

  async #forget(request, response) {
    const { delete: ids = [], clear } = await bodyOf(request);
    for (const id of clear ? Object.keys(this.history) : ids) delete this.history[id];
    response.writeHead(200).end();
  }

  /** Takes the next job that was submitted, when nothing runs and nothing of a test is before it. To be called when a test has taken out what was. */
  work() {
    const [next] = this.pending;
    if (this.running.length || !next || !this.submitted.includes(next[2])) return;
    this.running = [this.pending.shift()];
    const [, id, prompt, { client_id: client }] = next;
    const messages = [];
    const tell = (event, data = {}) => {
      messages.push([event, { prompt_id: id, ...data, timestamp: Date.now() }]);
      this.#clients.get(client)?.write(frame(TEXT, Buffer.from(JSON.stringify({ type: event, data: messages.at(-1)[1] }))));
    };
    tell('execution_start');
    if (!this.isStuck) setImmediate(() => this.#execute(next, messages, tell));
  }

  /** As the real one: what has its like in the cache is not executed again, and the history is written as the job leaves the queue. */
  #execute(job, messages, tell) {
    const [, id, prompt] = job;
    const text = JSON.stringify(prompt);
    const isCached = this.#cache.has(text);
    tell('execution_cached', { nodes: isCached ? Object.keys(prompt) : [] });
    const { failure, isInterrupted } = this;
    if (isInterrupted) tell('execution_interrupted', { node_id: '1', node_type: 'EmptyImage', executed: [] });
    else if (failure) tell('execution_error', { executed: [], traceback: [], current_inputs: {}, current_outputs: [], ...failure });
    else {
      if (!isCached) this.executed++;
      this.#cache.add(text);
      tell('execution_success');
    }
    const failed = isInterrupted || failure !== null;
    this.history[id] = {
      prompt: job,
      outputs: failed ? {} : { 2: { images: [{ filename: 'ComfyUI_temp_00001_.png', subfolder: '', type: 'temp' }] } },
      status: { status_str: failed ? 'error' : 'success', completed: !failed, messages },
      meta: {},
    };
    this.running = [];
    this.work();
  }

  #upgrade(request, socket) {
    if (this.isStopped) return;
    const client = new URL(request.url, this.url).searchParams.get('clientId');
    if (request.headers.origin || !this.hasWebSocket) {
      socket.end(`HTTP/1.1 ${this.hasWebSocket ? '403 Forbidden' : '404 Not Found'}\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const accept = createHash('sha1')
      .update(request.headers['sec-websocket-key'] + ACCEPT_KEY)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    const first = { type: this.firstMessage, data: { status: { exec_info: { queue_remaining: this.pending.length } }, sid: client } };
    socket.write(frame(TEXT, Buffer.from(JSON.stringify(first))));
    this.#clients.set(client, socket);
    socket.on('close', () => this.#clients.delete(client));
    let rest = Buffer.alloc(0);
    socket.on('data', (data) => {
      const [frames, left] = readFrames(Buffer.concat([rest, data]));
      rest = left;
      for (const [opcode, payload] of frames) {
        if (opcode === PING && !this.isDeaf) socket.write(frame(PONG, payload));
        if (opcode === CLOSE) socket.end(frame(CLOSE, payload));
      }
    });
  }
}
