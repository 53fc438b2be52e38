// The catalogue of texts, in English: every text of the page stands here. Another language is another object of the same shape.
import type { Status } from '../api/types';

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
  skip: 'Skip to the content',
  close: 'Close',
  cancel: 'Cancel',
  loading: 'Loading…',
  copied: 'Copied',
  notCopied: 'Could not be copied',
  more: 'Show more',
  tryingAgain: (why: string) => `Cannot be loaded just now: ${why}. Trying again by itself.`,
  role: { admin: 'admin', viewer: 'viewer' },

  nav: {
    label: 'Pages',
    overview: 'Overview',
    timeline: 'Timeline',
    checklist: 'Checklist',
    alerts: 'Alerts',
    audit: 'Audit',
    checks: 'Checks',
  },
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
    settings: 'Settings',
    theme: 'Theme',
    themes: { system: 'like the system', light: 'light', dark: 'dark' },
    language: 'Language',
    live: 'live',
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
    outdated: 'The order has changed: sort anew',
    attention: 'Needs attention',
    other: 'Other services',
    found: (n: number) => count(n, 'service', 'services'),
    noneFound: 'No service fits that.',
    clear: 'Show all',
  },

  help: {
    title: 'Keyboard',
    on: 'Single letters do this',
    keys: {
      '/': 'Find a service',
      j: 'Next card; Enter opens it',
      k: 'Previous card',
      r: 'Ask for everything anew',
      '?': 'This list',
      Esc: 'Close what is open',
    },
  },

  card: {
    latencyLabel: (least: string, most: string) => `Latency in 24 hours: ${least} to ${most}`,
    daysLabel: (down: number, degraded: number) =>
      `30 days: ${count(down, 'day', 'days')} with an outage, ${count(degraded, 'day', 'days')} degraded`,
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
    acknowledged: (by: string) => `${by} has it in hand`,
    maintenance: 'In maintenance until',
  },

  brokenFiles: {
    title: 'Broken files',
    heading: (n: number) => (n === 1 ? 'A file of checks is broken' : `${n} files of checks are broken`),
    note: 'The last good version of each stays in use. Nothing else is affected.',
  },

  lostNetwork: {
    title: 'This machine has lost its own network',
    since: (why: string) => `What runs on other machines is not known: ${why}. Since`,
  },

  detail: {
    missing: (name: string) => `There is no service "${name}". It may have been taken out of checks.d.`,
    failed: (why: string) => `Details cannot be loaded just now: ${why}. Trying again by itself.`,
    noHistory: 'History is kept in Postgres, which does not answer just now. It comes back by itself.',
    history: 'History',
    range: 'Range',
    ranges: { '24h': 'Last 24 hours', '7d': 'Last 7 days', '30d': 'Last 30 days' },
    shortRanges: { '24h': '24 h', '7d': '7 d', '30d': '30 d' },
    rangeLabel: (range: string, parts: string[]) => `${range}: ${parts.join(', ')}`,
    moreDisturbances: (n: number) => `and ${count(n, 'earlier one', 'earlier ones')}`,
    copyCurl: 'Copy as curl',
    dayPart: (word: string, share: string) => `${word.toLowerCase()} ${share}`,
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

  graph: {
    hint: 'Latency: the line is the median, the band goes up to the 95th percentile. Drag to zoom, double click for all.',
    median: 'median',
    p95: '95 %',
    most: 'most',
    label: (least: string, most: string) =>
      `Latency, median from ${least} to ${most}. Arrow keys read it point by point.`,
  },

  timeline: {
    title: 'Timeline',
    lead: 'What happened together stands below one another.',
    range: 'Range',
    ranges: { '24h': '24 hours', '7d': '7 days', '30d': '30 days', '90d': '90 days' },
    shortRanges: { '24h': '24 h', '7d': '7 d', '30d': '30 d', '90d': '90 d' },
    zoom: 'Zoom',
    zoomIn: 'Look closer',
    zoomOut: 'See more',
    earlier: 'Earlier',
    later: 'Later',
    all: 'All',
    onlyDisturbed: 'Only with disturbances',
    none: 'No service fits that.',
    laneLabel: (title: string) => `${title}: disturbances, arrow keys go from one to the next`,
    axisLabel: (from: string, to: string) => `From ${from} to ${to}`,
    hint: 'Drag over the lanes to look closer; a block opens what happened.',
    showArithmetic: 'Show the arithmetic',
    arithmeticOf: (title: string) => `${title}: how the uptime comes about`,
    unknown: 'Not known',
    uptime: 'Uptime',
    arithmeticNote: (weight: string) =>
      `Seconds. Degraded time counts ${weight}. What is not known is left out of the sum and stands beside it. Cut, never rounded up.`,
  },

  incident: {
    title: 'What happened',
    ongoing: 'still going on',
    measured: 'Measured before and after',
    before: 'Last healthy one before',
    after: 'First one of it',
    diagnosis: 'Diagnosis',
    logs: 'Log at the time',
    dependsOn: 'What it depends on, at the time',
    alerts: 'Who was told',
    nobodyTold: 'Nobody was told.',
    done: 'What was done',
    checks: 'Checks around it',
  },

  /** What a delivery is about. */
  events: {
    raised: 'raised',
    worse: 'got worse',
    better: 'got better',
    recovered: 'recovered',
    reminder: 'reminder',
    drill: 'test',
    summary: 'summary',
    acknowledged: 'acknowledged',
  } as Record<string, string>,

  deliveryStates: {
    pending: 'waiting',
    delivered: 'delivered',
    failed: 'failed, will be tried again',
    given_up: 'given up',
    suppressed: 'held back',
  } as Record<string, string>,

  actionNames: {
    restart: 'Restart',
    diagnose: 'Diagnose',
    recheck: 'Check now',
    logs: 'Logs',
  } as Record<string, string>,

  outcomes: {
    helped: 'it helped',
    did_not_help: 'it did not help',
    failed: 'it failed',
    refused: 'it was refused',
  } as Record<string, string>,

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
