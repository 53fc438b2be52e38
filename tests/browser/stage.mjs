// A whole running Signalbox whose every part a test holds in its hand: what its services say, who is told, which program is killed and when. It is the
// stack of the end-to-end tests with a port for the browser; nothing in it is replaced by something easier. What a newcomer gets from ./dev run is
// stack.mjs.
import { writeFile } from 'node:fs/promises';
import { Receiver } from '../e2e/lib/receiver.mjs';
import { shipped, startStack, until } from '../e2e/lib/stack.mjs';
import { history } from './history.mjs';

export { until };

const PASSWORDS = { admin: 'correct horse', viewer: 'battery staple' };

/** The services: what each says is in `says`, 0 healthy, 1 degraded, 2 down. */
const SOURCE = `
local function declare(declared)
  local name = declared.name
  declared.every, declared.retry_every, declared.fall = settings.every, settings.every, 1
  declared.probe = function()
    local response = http.get(settings.url .. "/" .. name):expect(200)
    return { trouble = response:json().n, version = "0.12.1" }
  end
  declared.limits = { trouble = { degraded = "== 1", down = "== 2" } }
  service(declared)
end
declare { name = "database", title = "The database", group = "Platform", critical = true }
declare {
  name = "comfyui-1", title = "ComfyUI 1", group = "Generation", depends_on = "database",
  restart = function() http.post(settings.url .. "/comfyui-1/heal"):expect(200) end,
  logs = function() return fs.read(settings.log) end,
  diagnose = function() return { queue = 3, answer = http.get(settings.url .. "/comfyui-1"):json() } end,
  actions = { ["free-vram"] = { title = "Free the memory", confirm = true, run = function() return "2 GiB are free" end } },
}
declare { name = "comfyui-2", title = "ComfyUI 2", group = "Generation" }
declare { name = "storage", title = "Storage", group = "Platform" }
declare { name = "uploads", title = "Uploads" }
preflight {
  name = "models", title = "The model files are there", help = "Copy the missing file.", every = "500ms", grace = "0s",
  run = function()
    if http.get(settings.url .. "/models"):json().n > 0 then error("base.safetensors is missing", 0) end
  end,
}
preflight { name = "disk", title = "There is room on the disks", required = false, every = "500ms", run = function() http.get(settings.url .. "/disk"):expect(200) end }
`;

/**
 * Starts it; the caller ends it with stop().
 * @param {object} options
 *   past   true: ninety days of history before today (history.mjs)
 *   more   {file: source}: further files of checks
 *   every  how often its services are checked ("1s")
 *   says   what they say from the beginning
 *   rest   options of the end-to-end tests' startStack
 * Resolves with what a page is opened with (url, name, password), `viewer` (the same for one who may only look), `says`, `receiver`, `log` (a file),
 * and `stack`.
 */
export async function startStage({ past = false, more = {}, every = '1s', says: said = {}, ...rest } = {}) {
  const endings = [];
  const context = { after: (fn) => endings.unshift(fn) };
  const says = { database: 0, 'comfyui-1': 0, 'comfyui-2': 0, storage: 0, uploads: 0, models: 0, disk: 0, ...said };
  const stop = async () => {
    for (const end of endings) await end();
  };
  try {
    const receiver = await Receiver.start(context);
    const stack = await startStack(context, {
      tcp: true,
      parts: ['scheduler'],
      answer(request) {
        const [, name, deed] = request.url.split('/');
        if (deed === 'heal') says[name] = 0;
        // One that is asked and never answers.
        if (says[name] === 'silent') return new Promise(() => {});
        return { n: says[name] };
      },
      checks: async () => ({
        'stage.lua': SOURCE,
        'channels/webhook.lua': await shipped('channels/webhook.lua'),
        'channels/dashboard.lua': await shipped('channels/dashboard.lua'),
        ...more,
      }),
      settings: async (stack) => {
        await writeFile(stack.file('app.log'), '');
        return {
          url: stack.target.url,
          every,
          // Whether this machine's own gateway answers is not what these tests are about.
          network: { references: [new URL(stack.target.url).host] },
          log: stack.file('app.log'),
          dashboard: { socket: stack.file('run/publish.sock') },
          channels: { webhook: { url: receiver.url } },
          alerts: { delay: '0s', channels: ['webhook'], group: '0s' },
        };
      },
      ...rest,
    });
    if (past) {
      await stack.sync();
      await stack.postgres.exec(history);
    }
    for (const part of ['api', 'nginx']) await stack.start(part);
    const url = `http://127.0.0.1:${stack.port}/`;
    const as = (name) => ({ url, name, password: PASSWORDS[name] });
    return { ...as('admin'), viewer: as('viewer'), stack, says, receiver, log: stack.file('app.log'), stop };
  } catch (error) {
    await stop().catch((worse) => console.error(worse));
    throw error;
  }
}
