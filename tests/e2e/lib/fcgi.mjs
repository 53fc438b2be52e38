// FastCGI 1.0 spoken by hand, rightly and wrongly: what nginx never sends must not hurt either.
import { once } from 'node:events';
import net from 'node:net';

export const BEGIN = 1;
export const END = 3;
export const PARAMS = 4;
export const STDIN = 5;
export const STDOUT = 6;
export const GET_VALUES = 9;

const KEEP = 1;

export function record(type, content = Buffer.alloc(0), { id = 1, version = 1, length = content.length } = {}) {
  const head = Buffer.from([version, type, id >> 8, id & 255, (length >> 8) & 255, length & 255, 0, 0]);
  return Buffer.concat([head, Buffer.from(content)]);
}

export const begin = ({ role = 1, keep = false } = {}) => record(BEGIN, [0, role, keep ? KEEP : 0, 0, 0, 0, 0, 0]);

function length(n) {
  return n < 128 ? [n] : [(n >> 24) | 128, (n >> 16) & 255, (n >> 8) & 255, n & 255];
}

export function pairs(params) {
  return Buffer.concat(
    Object.entries(params).map(([name, value]) => Buffer.from([...length(Buffer.byteLength(name)), ...length(Buffer.byteLength(value)), ...Buffer.from(name + value)])),
  );
}

/** As many records of a type as the content needs, and the empty one that ends them. */
export function stream(type, content) {
  const records = [];
  for (let at = 0; at < content.length; at += 65000) records.push(record(type, content.subarray(at, at + 65000)));
  return Buffer.concat([...records, record(type)]);
}

/** A whole request. */
export const request = (params, body = '', how) => Buffer.concat([begin(how), stream(PARAMS, pairs(params)), stream(STDIN, Buffer.from(body))]);

/** The parameters of a GET by this route, with more of them or others. */
export const get = (route, more = {}) => ({ REQUEST_METHOD: 'GET', REQUEST_URI: route, QUERY_STRING: '', CONTENT_LENGTH: '', REMOTE_ADDR: '192.0.2.1', ...more });

/** A connection to the application. `done` resolves with what it sent when it has closed. */
export async function connect(path) {
  const socket = net.connect(path);
  await once(socket, 'connect');
  const parts = [];
  socket.on('data', (data) => parts.push(data));
  socket.on('error', () => {});
  const received = () => Buffer.concat(parts);
  return { socket, received, done: new Promise((resolve) => socket.on('close', () => resolve(received()))) };
}

/** What stands in the STDOUT records of an answer, and whether the request was ended in order. */
export function readAnswer(bytes) {
  let out = '';
  let ended = false;
  for (let at = 0; at + 8 <= bytes.length; ) {
    const type = bytes[at + 1];
    const size = bytes.readUInt16BE(at + 4);
    if (type === STDOUT) out += bytes.subarray(at + 8, at + 8 + size).toString();
    if (type === END) ended = true;
    at += 8 + size + bytes[at + 6];
  }
  return { text: out, status: Number(out.match(/^Status: (\d+)/)?.[1] ?? 0), ended };
}

/** Sends and waits for the answer. */
export async function exchange(path, bytes) {
  const { socket, done } = await connect(path);
  socket.write(bytes);
  return readAnswer(await done);
}
