// Every text of the page, in one catalogue. Another language is another object of the same shape.
import type { Status } from './api/types';

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** "a", "a and b", "a, b and c". */
function list(names: string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

const statusWords: Record<Status | 'no-data', string> = {
  healthy: 'Healthy',
  degraded: 'Degraded',
  down: 'Down',
  'no-data': 'No data',
};

export const en = {
  locale: 'en-GB',
  product: 'Signalbox',
  skip: 'Skip to the services',
  status: statusWords,
  list,

  seconds: (n: number) => `${n} s`,
  minutes: (n: number) => `${n} min`,
  hours: (n: number) => `${n} h`,
  days: (n: number) => `${n} d`,
  lessThanAMinute: 'less than a minute',
  longMinutes: (n: number) => count(n, 'minute', 'minutes'),
  longHours: (n: number) => count(n, 'hour', 'hours'),
  longDays: (n: number) => count(n, 'day', 'days'),
  milliseconds: (n: number) => `${n} ms`,
  percent: (text: string) => `${text} %`,
  ago: (duration: string) => `${duration} ago`,
  justNow: 'just now',
  never: 'never',
  nothing: '–',

  login: {
    title: 'Log in',
    lead: 'Is everything running? Log in to see.',
    name: 'Name',
    password: 'Password',
    show: 'Show',
    hide: 'Hide',
    submit: 'Log in',
    trying: 'Logging in…',
    missing: 'Enter both your name and your password.',
    refused: 'That name and password do not belong together. Check both and try again.',
    silent: 'The server does not answer. Nothing is wrong with what you typed; try again in a moment.',
    problem: (why: string) => `The server cannot let you in just now: ${why}`,
    unreached: 'The server was not reached: once it answers again, this browser may still be logged in.',
    expired: 'The server no longer accepts this log-in. Please log in again.',
    loggedOut: 'You are logged out.',
  },

  bar: {
    logOut: 'Log out',
    loggedInAs: (name: string) => `Logged in as ${name}`,
    theme: { system: 'Theme: like the system', light: 'Theme: light', dark: 'Theme: dark' },
    interval: 'Refresh interval',
    every: (text: string) => `every ${text}`,
    refresh: 'Refresh now',
    updated: 'updated',
    offlineSince: (time: string) => `offline since ${time}`,
    connecting: 'connecting',
  },

  headline: {
    loading: 'Asking every signal…',
    running: 'Everything is running',
    runningNote: (n: number) =>
      n === 1
        ? 'The one service is healthy.'
        : n === 2
          ? 'Both services are healthy.'
          : `All ${n} services are healthy.`,
    down: (name: string, duration: string) => `${name} has been down for ${duration}`,
    downTwo: (names: string[]) => `${list(names)} are down`,
    downMany: (n: number) => `${n} services are down`,
    degraded: (name: string, duration: string) => `${name} has been degraded for ${duration}`,
    degradedTwo: (names: string[]) => `${list(names)} are degraded`,
    degradedMany: (n: number) => `${n} services are degraded`,
    noData: (name: string) => `${name} has no data`,
    noDataMany: (n: number) => `${n} services have no data`,
    nothingKnown: 'Nothing is known right now',
    empty: 'No services are being watched yet',
    emptyNote: 'Put a check into checks.d, or name a target in checks.d/settings.lua.',
    alsoDegraded: (n: number) => count(n, 'is degraded', 'are degraded'),
    alsoNoData: (n: number) => count(n, 'has no data', 'have no data'),
    others: (n: number) => (n === 1 ? 'The other one is healthy.' : `The other ${n} are healthy.`),
    also: (parts: string[]) => `Also: ${list(parts)}.`,
    lost: 'The server does not answer',
    lostNote: (time: string) => `Last heard from at ${time}. Trying again by itself.`,
    lostAtOnce: 'No answer so far. Trying again by itself.',
    problem: 'The server has no answer just now',
    problemNote: (why: string) => `${why}. Trying again by itself.`,
    schedulerSilent: 'The scheduler does not answer',
    schedulerSilentNote: 'Nothing is being checked. Below is what was last written down.',
  },

  gate: {
    open: 'Gate open:',
    openNote: 'generation may start',
    closed: 'Gate closed:',
    closedNote: (names: string[]) => (names.length > 0 ? `generation is held by ${list(names)}` : 'generation is held'),
    more: (n: number) => `${n} more`,
    scheduler: 'the silent scheduler',
    unknown: 'Whether the gate is open is not known.',
  },

  grid: {
    title: 'Services',
    search: 'Find a service',
    searchHint: 'Name, group or message',
    filter: 'Show',
    all: 'All',
    attention: 'Needs attention',
    other: 'Other services',
    found: (n: number) => count(n, 'service', 'services'),
    noneFound: 'No service fits that.',
    clear: 'Show all',
  },

  card: {
    upFor: 'Up for',
    downFor: 'Down for',
    latency: 'Latency',
    lastCheck: 'Last check',
    uptime7: 'Uptime 7 days',
    uptime30: '30 days',
    stale: (word: string) => `No recent result. It was last seen ${word.toLowerCase()}.`,
    staleReason: (word: string, why: string) => `No recent result. It was last seen ${word.toLowerCase()}: ${why}`,
    noResult: 'Waiting for a first result.',
    lost: (word: string) => `Not heard from the server. It was last seen ${word.toLowerCase()}.`,
  },

  remarks: {
    parent: 'Depends on',
    isDown: ', which is down',
    flapping: 'Flapping since',
    quarantine: (times: number) => `Its script ended its runner ${times} times in a row. It rests until`,
  },

  lostNetwork: {
    title: 'This machine has lost its own network',
    since: (why: string) => `What runs on other machines is not known: ${why}. Since`,
  },

  brokenFiles: {
    title: 'Broken files',
    heading: (n: number) => (n === 1 ? 'A file of checks is broken' : `${n} files of checks are broken`),
    note: 'The last good version of each stays in use. Nothing else is affected.',
  },

  detail: {
    close: 'Close',
    loading: 'Loading…',
    missing: (name: string) => `There is no service "${name}". It may have been taken out of checks.d.`,
    failed: (why: string) => `Details cannot be loaded just now: ${why}. Trying again by itself.`,
    noHistory: 'History is kept in Postgres, which does not answer just now. It comes back by itself.',
    day: 'Last 24 hours',
    dayLabel: (parts: string[]) => `Last 24 hours: ${parts.join(', ')}`,
    dayPart: (word: string, share: string) => `${word.toLowerCase()} ${share}`,
    ago24: '24 h ago',
    ago12: '12 h ago',
    now: 'now',
    measures: 'Measures',
    noMeasures: 'The last run returned no measures.',
    limitBy: (word: string, comparison: string) => `${word.toLowerCase()} at ${comparison}`,
    margin: (text: string, word: string) => `${text} to ${word.toLowerCase()}`,
    over: (word: string) => `${word}: limit met`,
    yes: 'yes',
    no: 'no',
    checks: 'Recent checks',
    noChecks: 'No check in the last 24 hours.',
    older: 'Show older checks',
    loadingOlder: 'Loading…',
    time: 'Time',
    result: 'Result',
    latency: 'Latency',
    message: 'Message',
    about: 'How it is checked',
    since: 'Since',
    upSince: 'Up since',
    lastCheck: 'Last check',
    nextCheck: 'Next check',
    every: 'Interval',
    everyText: (every: string, timeout: string) => `every ${every}, at most ${timeout} a run`,
    confirm: 'Confirmed by',
    confirmText: (fall: number, rise: number) =>
      `${count(fall, 'bad result', 'bad results')} in a row, ${count(rise, 'good one', 'good ones')} to recover`,
    dependsOn: 'Depends on',
    skipped: 'Skipped',
    skippedText: (n: number) => `${count(n, 'due time', 'due times')}: the run before was still going`,
    critical: 'Critical',
    criticalText: 'yes: it holds the gate while it is down',
    file: 'File',
  },

  tab: {
    loading: 'Signalbox',
    running: 'All running · Signalbox',
    down: (n: number) => `${n} down · Signalbox`,
    degraded: (n: number) => `${n} degraded · Signalbox`,
    noData: (n: number) => `${n} no data · Signalbox`,
    lost: 'Offline · Signalbox',
    login: 'Log in · Signalbox',
  },

  footer: (zone: string) => `Times are local (${zone}); UTC on hover.`,
  broken: 'Something in this page is broken.',
  brokenNote: 'The services are not affected. Reloading the page usually helps.',
  reload: 'Reload',
};

export type Strings = typeof en;

export const t: Strings = en;
