// The system's Chromium, and what all tests of the page do with it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axeSource = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Longest that anything on the page may take to come true, milliseconds; a loaded machine with sanitizers is slow. */
export const PATIENCE_MS = 40_000;

export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.SIGNALBOX_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
}

/** In a page: as if its user had chosen it, and until he chooses another one. */
function keepInterval(seconds) {
  if (location.protocol === 'http:') localStorage['signalbox.interval'] ??= seconds;
}

/**
 * A page in a profile of its own. What it complains of, or asks of anybody but the stack, is kept in page.complaints.
 * `at`: where, behind the address of the page; `cookies`: what the profile begins with; `interval`: how often the page asks, seconds; the rest is
 * Playwright's.
 */
export async function openPage(browser, stack, { at = '', cookies = [], interval, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options });
  await context.addCookies(cookies);
  if (interval) await context.addInitScript(keepInterval, String(interval));
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    page.complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    // That a request failed is what some tests are about.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) page.complaints.push(message.text());
  });
  page.inFlight = new Set();
  for (const event of ['requestfinished', 'requestfailed']) page.on(event, (request) => page.inFlight.delete(request));
  page.on('request', (request) => {
    // What the page before was waiting for ends with it, and is not always said to have ended.
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) page.inFlight.clear();
    if (request.resourceType() !== 'eventsource') page.inFlight.add(request);
    if (!request.url().startsWith(stack.url)) page.complaints.push(`asked ${request.url()}`);
  });
  await page.goto(stack.url + at);
  return page;
}

const sessions = new Map();

/** A page of somebody who has logged in before: log-ins are few and slow on purpose, so all of them share the session of the first. */
export async function openKnown(browser, who, options) {
  const key = `${who.url} ${who.name}`;
  if (!sessions.has(key)) {
    const page = await openLoggedIn(browser, who);
    sessions.set(key, await page.context().cookies());
    await closePage(page);
  }
  const page = await openPage(browser, who, { cookies: sessions.get(key), interval: 5, ...options });
  await page.getByRole('main').waitFor();
  return page;
}

export async function logIn(page, stack, password = stack.password) {
  await page.getByLabel('Name').fill(stack.name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

export async function openLoggedIn(browser, stack, options) {
  const page = await openPage(browser, stack, options);
  await logIn(page, stack);
  await page.locator('article.card').first().waitFor();
  return page;
}

/** Closes, and fails when the page had anything to complain of. */
export async function closePage(page) {
  const { complaints } = page;
  await page.context().close();
  assert.deepEqual(complaints, []);
}

export function cardOf(page, title) {
  return page.locator('article.card', { has: page.getByRole('heading', { name: title, exact: true }) });
}

/** Waits until everything that was asked for is answered and drawn. */
export async function settle(page) {
  const deadline = Date.now() + PATIENCE_MS;
  do {
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    if (Date.now() > deadline) throw new Error(`still not answered: ${[...page.inFlight].map((request) => request.url()).join(', ')}`);
  } while (page.inFlight.size > 0);
}

/** Waits until the text of the locator fits. */
export async function waitForText(locator, pattern) {
  await locator.filter({ hasText: pattern }).waitFor();
}

/** To another page by the bar. */
export async function goTo(page, name) {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** Opens the settings, chooses, and closes them again. */
export async function choose(page, label, option) {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByLabel(label).selectOption(option);
  await page.keyboard.press('Escape');
}

export function choose5s(page) {
  return choose(page, 'Refresh interval', '5');
}

export async function logOut(page) {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
}

/** Nothing that axe-core knows of stands in the way of anybody (WCAG 2.2 A and AA). */
export async function assertAccessible(page, what) {
  await page.evaluate(await axeSource);
  const violations = await page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const result = await globalThis.axe.run(document, { runOnly: tags });
    return result.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(', ')}`);
  });
  assert.deepEqual(violations, [], what);
}

export async function assertNoSidewaysScroll(page, what) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${what}: ${content} px of content in ${window} px`);
}
