// A network of its own for a test: a namespace ("inside") with one cable to another ("outside"), where a gateway and targets are. The cable can be
// pulled, and a single address can fall silent or disappear.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Root makes namespaces; others make a user's first. */
const ROOT = process.getuid() === 0;
const UNSHARE = ROOT ? ['unshare', '-n'] : ['unshare', '-rn'];

/** A server that says "here" on every address of its namespace. */
const SERVER = `require('node:http').createServer((_q, r) => r.end('here')).listen(8080, '0.0.0.0', () => console.log('ready'))`;

export class Network {
  static GATEWAY = '10.77.0.1';
  static TARGET = '10.77.0.2';
  static PORT = 8080;

  /** Two namespaces, joined: inside is 10.77.0.9 and its default route leads to the gateway. */
  static async start() {
    const network = new Network();
    network.inside = await network.#hold(UNSHARE);
    network.outside = await network.#hold([...network.enter(), 'unshare', '-n']);
    await network.in(`ip link set lo up; ip link add cable type veth peer name far netns ${network.outside.pid}; ip addr add 10.77.0.9/24 dev cable; ip link set cable up`);
    // An address that goes takes no other with it.
    await network.out(`echo 1 >/proc/sys/net/ipv4/conf/all/promote_secondaries; ip link set lo up; ip addr add ${Network.GATEWAY}/24 dev far; ip addr add ${Network.TARGET}/24 dev far; ip link set far up`);
    await network.in(`ip route add default via ${Network.GATEWAY}`);
    await network.serve();
    return network;
  }

  /** A namespace lives as long as a process in it: one that waits for its input to end. */
  async #hold(unshare) {
    const child = spawn(unshare[0], [...unshare.slice(1), 'sh', '-c', 'echo ready; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return child;
  }

  /** What stands before a command that is to run inside. */
  enter(pid = this.inside.pid) {
    return ['nsenter', '--target', String(pid), ...(ROOT ? [] : ['--user', '--preserve-credentials']), '--net', '--'];
  }

  in(script) {
    const [program, ...args] = [...this.enter(), 'sh', '-ec', script];
    return run(program, args);
  }

  out(script) {
    const [program, ...args] = [...this.enter(this.outside.pid), 'sh', '-ec', script];
    return run(program, args);
  }

  /** The targets' server comes up. */
  async serve() {
    const [program, ...args] = [...this.enter(this.outside.pid), process.execPath, '-e', SERVER];
    this.server = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(this.server.stdout, 'data');
  }

  /** The targets' server ends: connections are refused. */
  async unserve() {
    this.server.kill('SIGKILL');
    await once(this.server, 'exit');
  }

  /** One address disappears, or comes back: nobody answers there. */
  disappear(address) {
    return this.out(`ip addr del ${address}/24 dev far`);
  }

  appear(address) {
    return this.out(`ip addr add ${address}/24 dev far`);
  }

  /** One address is still there, but says nothing; or speaks again. */
  hush(address) {
    return this.out(`ip rule add from ${address} blackhole`);
  }

  unhush(address) {
    return this.out(`ip rule del from ${address} blackhole`);
  }

  pullCable() {
    return this.out('ip link set far down');
  }

  plugCable() {
    return this.out('ip link set far up');
  }

  async stop() {
    await this.unserve().catch(() => {});
    for (const holder of [this.outside, this.inside]) {
      holder.stdin.end();
      if (holder.exitCode === null) await once(holder, 'exit');
    }
  }
}
