// A counterpart of ComfyUI's protocol. The real program needs a gigabyte of Python; this answers as real ones (0.2.7 and 0.12.1 were asked) do:
// GET /system_stats and /queue in their shapes, and on /ws a first message of type "status" at once, then pongs. A foreign Origin gets 403.
// RFC 6455 as far as that needs: frames shorter than 64 KiB, none fragmented.
import { createHash } from 'node:crypto';
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
  /** true: the process is stopped; it accepts connections and never answers. */
  isStopped = false;
  /** true: HTTP answers, the WebSocket opens, and pings are not answered. */
  isDeaf = false;
  hasWebSocket = true;
  sockets = new Set();

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
    const route = routes[request.url];
    if (request.headers.origin) response.writeHead(403).end();
    else if (request.method === 'POST' && request.url === '/free') this.#free(request, response);
    else if (route) response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(route()));
    else response.writeHead(404).end('404: Not Found');
  }

  /** Answers at once, with nothing, and does it later, as the real one does. */
  async #free(request, response) {
    let body = '';
    for await (const piece of request) body += piece;
    this.freed.push(JSON.parse(body));
    this.devices = this.devices.map((device) => ({ ...device, vram_free: device.vram_total }));
    response.writeHead(200).end();
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
