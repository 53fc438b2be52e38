// Pictures of screens, compared with those of before (reference/). What moves by itself is made to stand still: digits of times, durations and latencies
// become zeros, the caret and animations are hidden. The browser itself compares; the few pixels that may differ are the edges of letters and of curves.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const reference = fileURLToPath(new URL('./reference/', import.meta.url));
const found = fileURLToPath(new URL('../../build/pictures/', import.meta.url));
const isRemaking = process.env.SIGNALBOX_PICTURES === 'remake';

/** A pixel differs when one of its colours is off by more than so much of 255. */
const OFF_MOST = 48;
/** So many pixels of a hundred may differ. */
const DIFFERENT_MOST_PCT = 2;
/** A screen that still gets its last answers is looked at again for so long, milliseconds. */
const SETTLES_MS = 10_000;

/** In the page: every text that tells of the time, or of how long something took, stands still. */
function freeze() {
  const still = (text) =>
    text
      .replace(/\b\d{1,2}:\d\d(:\d\d)?\b/g, (time) => time.replace(/\d/g, '0'))
      .replace(/\d+(\.\d+)?\s(ms|s|min|h|d)\b(\s\d+\s(ms|s|min|h|d)\b)*/g, '0 s')
      .replace(/less than a minute|\d+ minutes?\b/g, '0 minutes')
      .replace(/(127\.0\.0\.1:)\d+/g, '$10')
      .replace(/^just now$/, '0 s ago');
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.parentElement.closest('.hash') ? node.data.replace(/[0-9a-f]/g, '0') : still(node.data);
    if (text !== node.data) node.data = text;
  }
}

/** In the browser: the first picture as it is kept, small; how it differs from the second, which was kept so before; and a third one that shows where. */
async function compareInBrowser([actual, before, off]) {
  const load = async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    return { canvas, context, data: context.getImageData(0, 0, image.width, image.height) };
  };
  const webp = (await load(actual)).canvas.toDataURL('image/webp', 0.8);
  if (!before) return { webp };
  // Both have gone through the same loss.
  const now = await load(webp);
  const then = await load(before);
  const size = ({ data }) => `${data.width} x ${data.height}`;
  if (size(now) !== size(then)) return { webp, sizes: `${size(now)} instead of ${size(then)}` };
  let different = 0;
  const [a, b] = [now.data.data, then.data.data];
  for (let i = 0; i < a.length; i += 4) {
    const isOff = Math.max(Math.abs(a[i] - b[i]), Math.abs(a[i + 1] - b[i + 1]), Math.abs(a[i + 2] - b[i + 2])) > off;
    if (isOff) different++;
    const grey = 200 + (a[i] + a[i + 1] + a[i + 2]) / 14;
    a.set(isOff ? [220, 0, 80] : [grey, grey, grey], i);
  }
  now.context.putImageData(now.data, 0, 0);
  return { webp, percent: (100 * 4 * different) / a.length, diff: now.canvas.toDataURL('image/png') };
}

const bytesOf = (url) => Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');

/** A page of the browser's own in which pictures are compared. */
export async function openComparer(browser) {
  const page = await browser.newPage();
  await page.setContent('<!doctype html>');
  return page;
}

async function look(page, comparer, before) {
  await page.evaluate(freeze);
  const shot = await page.screenshot({ animations: 'disabled', caret: 'hide', scale: 'css' });
  const url = (type, bytes) => `data:image/${type};base64,${bytes.toString('base64')}`;
  return comparer.evaluate(compareInBrowser, [url('png', shot), before && url('webp', before), OFF_MOST]);
}

const isAlike = ({ sizes, percent }) => !sizes && percent <= DIFFERENT_MOST_PCT;

/** Fails when the page does not look as it did; SIGNALBOX_PICTURES=remake keeps how it looks now instead. */
export async function assertLooks(page, comparer, name) {
  const file = path.join(reference, `${name}.webp`);
  const before = isRemaking ? null : await readFile(file).catch(() => null);
  const deadline = Date.now() + SETTLES_MS;
  await page.evaluate(() => document.fonts.ready);
  let result = await look(page, comparer, before);
  if (isRemaking) {
    await mkdir(reference, { recursive: true });
    await writeFile(file, bytesOf(result.webp));
    return;
  }
  while (before && !isAlike(result) && Date.now() < deadline) result = await look(page, comparer, before);
  if (before && isAlike(result)) return;
  await mkdir(found, { recursive: true });
  await writeFile(path.join(found, `${name}.webp`), bytesOf(result.webp));
  if (result.diff) await writeFile(path.join(found, `${name}.diff.png`), bytesOf(result.diff));
  const why = !before ? 'there is no reference' : (result.sizes ?? `${result.percent.toFixed(2)} % of its pixels differ, ${DIFFERENT_MOST_PCT} % may`);
  assert.fail(`${name} does not look as it did: ${why}. How it looks, and where it differs, is in ${found}; if that is meant: SIGNALBOX_PICTURES=remake ./dev test browser`);
}
