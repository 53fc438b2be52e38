// The page under 1,000 services, as nginx serves its production build: the first load on a slow machine behind a slow line, a live update of one card,
// and how much script has to come first.
import { within } from '../e2e/lib/until.mjs';
import { report, median, spread } from './lib.mjs';

const SERVICES = 1000;
const LOADS = 5;
/** Lighthouse's slow machine: this one, four times slower. */
const CPU_SLOWDOWN = 4;
/** "Fast 3G": bytes a second down and up, milliseconds there and back. */
const LINE = { downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8, latency: 150 };
const UPDATES = 20;

const source = `for i = 1, ${SERVICES} do
  service { name = "s" .. i, title = "Service " .. i, group = "Group " .. (i % 12), every = "1h", probe = function() return { n = i } end, limits = { n = { down = "> ${SERVICES}" } } }
end
`;

/** Runs in the page before anything of it: tells `tellBench` when all is painted, and how long the page was deaf meanwhile. */
function watch(services) {
  const seen = { painted: null, blockedMs: 0, fcp: null };
  new PerformanceObserver((list) => {
    // What is longer than 50 ms is felt; what lies behind the goal is not part of the load.
    for (const task of list.getEntries()) if (seen.painted === null) seen.blockedMs += Math.max(0, task.duration - 50);
  }).observe({ type: 'longtask', buffered: true });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name === 'first-contentful-paint') seen.fcp = entry.startTime;
    tell();
  }).observe({ type: 'paint', buffered: true });
  const tell = () => {
    if (seen.painted !== null && seen.fcp !== null) globalThis.tellBench(JSON.stringify(seen));
  };
  const isThere = () => {
    const names = document.querySelector('.headline, main h1')?.closest('section, header, div')?.textContent ?? '';
    if (!names.replace(/[, .]/g, '').includes(String(services))) return false;
    const cards = [...document.querySelectorAll('article.card')].filter((card) => card.getBoundingClientRect().top < innerHeight);
    return cards.length > 0 && cards.every((card) => !card.classList.contains('card-waiting') && /Healthy/.test(card.textContent));
  };
  const look = () => {
    if (!isThere()) return requestAnimationFrame(look);
    // The frame after next has begun: this one is on the screen.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        seen.painted = performance.now();
        tell();
      }),
    );
  };
  requestAnimationFrame(look);
}

/** `known`: what a browser keeps of somebody who has logged in before. */
async function firstLoads(browser, url, known) {
  const painted = [], fcp = [], blocked = [], scripts = [];
  for (let n = 0; n < LOADS; n++) {
    const context = await browser.newContext({ viewport: { width: 1350, height: 940 }, locale: 'en-GB', storageState: known });
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.enable');
    await cdp.send('Network.emulateNetworkConditions', { offline: false, ...LINE });
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
    // Whoever asked the page again and again whether it is there would keep the slow machine busy with that.
    await cdp.send('Runtime.enable');
    await cdp.send('Runtime.addBinding', { name: 'tellBench' });
    const told = new Promise((resolve) => cdp.once('Runtime.bindingCalled', ({ payload }) => resolve(JSON.parse(payload))));
    await page.addInitScript(watch, SERVICES);
    const kinds = new Map();
    let bytes = 0;
    cdp.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type));
    cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (kinds.get(requestId) === 'Script') bytes += encodedDataLength;
    });
    await page.goto(url, { waitUntil: 'commit' });
    const seen = await within(60, 'the page is painted', told);
    // Then comes the rest of the first screen.
    await page.locator('#page article.card').first().waitFor();
    painted.push(seen.painted);
    fcp.push(seen.fcp);
    blocked.push(seen.blockedMs);
    scripts.push(bytes / 1024);
    await context.close();
  }
  report(`${SERVICES} services, CPU ${CPU_SLOWDOWN} x slower, 1.6 Mbit/s and 150 ms: all statuses in the window painted and the sentence there after`,
    `${spread(painted, 0)} ms`, 'within 1,000 ms', median(painted) <= 1000);
  report('  first contentful paint; total blocking time until then', `${spread(fcp, 0)} ms; ${spread(blocked, 0)} ms`);
  report("the first screen's JavaScript, compressed, as it came over the line", `${spread(scripts, 0)} KiB`, 'under 120 KiB', median(scripts) < 120);
}

async function scriptSeconds(cdp) {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'ScriptDuration').value;
}

async function liveUpdates(browser, stack, url, known) {
  const { until } = await import('../e2e/lib/stack.mjs');
  const context = await browser.newContext({ viewport: { width: 1350, height: 940 }, locale: 'en-GB', storageState: known });
  await context.addInitScript(() => (localStorage['signalbox.interval'] = '60'));
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  let updates = 0;
  cdp.on('Network.eventSourceMessageReceived', ({ eventName }) => {
    if (eventName === 'results') updates++;
  });
  await page.goto(url);
  await page.getByText('live', { exact: true }).waitFor();
  await stack.recheck('s1');
  await until('the first update has come', () => updates > 0);
  const period = async (doing) => {
    const [before, from, had] = [await scriptSeconds(cdp), performance.now(), updates];
    await doing();
    const after = await scriptSeconds(cdp);
    return { ms: performance.now() - from, script: 1000 * (after - before), updates: updates - had };
  };
  const busy = await period(async () => {
    for (let n = 1; n <= UPDATES; n++) {
      const had = updates;
      await stack.recheck('s1');
      await until('the update has come', () => updates > had);
    }
  });
  const idle = await period(() => page.evaluate((ms) => new Promise((resolve) => setTimeout(resolve, ms)), busy.ms));
  const each = (busy.script - (idle.script * busy.ms) / idle.ms) / busy.updates;
  report(`a live update of one card among ${SERVICES}, scripting, over what the page does anyway in that time`,
    `${each.toFixed(1)} ms (${(busy.script / idle.script).toFixed(1)} x the idle page, ${(idle.script / (idle.ms / 1000)).toFixed(1)} ms a second)`, 'under 16 ms', each < 16);
  await context.close();
}

export default async function bench() {
  const { startStack } = await import('../e2e/lib/stack.mjs');
  const { openBrowser, openKnown } = await import('../browser/browser.mjs');
  const endings = [];
  try {
    const stack = await startStack({ after: (fn) => endings.push(fn) }, {
      tcp: true,
      checks: { 'many.lua': source, 'channels/dashboard.lua': await (await import('../e2e/lib/stack.mjs')).shipped('channels/dashboard.lua') },
      settings: (one) => ({ dashboard: { socket: one.file('run/publish.sock') } }),
    });
    const browser = await openBrowser();
    endings.push(() => browser.close());
    const url = `http://127.0.0.1:${stack.port}/`;
    const first = await openKnown(browser, { url, name: 'admin', password: 'correct horse' });
    const known = await first.context().storageState();
    await first.context().close();
    await firstLoads(browser, url, known);
    await liveUpdates(browser, stack, url, known);
  } finally {
    for (const end of endings.reverse()) await end();
  }
}
