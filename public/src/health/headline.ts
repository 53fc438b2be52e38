// The one sentence and the one colour that answer "is everything running?". Pure.
import type { Overview, Service } from '../api/types';
import { t } from '../strings';
import { longDuration, secondsBetween } from '../ui/format';
import { LIGHTS, type Light, lightOf } from './light';

/** silent: no answer. problem: the server says why it has none. */
export interface Loss {
  kind: 'silent' | 'problem';
  message: string;
  /** Local time of day of the last good answer; null when there was none. */
  lastHeard: string | null;
}

export interface Headline {
  light: Light;
  sentence: string;
  note: string;
}

/** Most names in a sentence; beyond that they are counted. */
const NAMES_MOST = 2;

function lost(loss: Loss): Headline {
  if (loss.kind === 'problem') {
    return { light: 'no-data', sentence: t.headline.problem, note: t.headline.problemNote(loss.message) };
  }
  const note = loss.lastHeard ? t.headline.lostNote(loss.lastHeard) : t.headline.lostAtOnce;
  return { light: 'no-data', sentence: t.headline.lost, note };
}

function sentenceOf(light: Exclude<Light, 'healthy'>, services: readonly Service[], nowMs: number): string {
  const [first] = services;
  const words = {
    down: { one: t.headline.down, two: t.headline.downTwo, many: t.headline.downMany },
    degraded: { one: t.headline.degraded, two: t.headline.degradedTwo, many: t.headline.degradedMany },
  };
  if (light === 'no-data') {
    return services.length === 1 && first ? t.headline.noData(first.title) : t.headline.noDataMany(services.length);
  }
  if (services.length === 1 && first) {
    const since = first.since ? Date.parse(first.since) : nowMs;
    return words[light].one(first.title, longDuration(secondsBetween(since, nowMs)));
  }
  if (services.length <= NAMES_MOST) return words[light].two(services.map((service) => service.title));
  return words[light].many(services.length);
}

/** What the sentence leaves out. */
function noteOf(light: Light, counts: Record<Light, number>): string {
  const also: string[] = [];
  if (light !== 'degraded' && counts.degraded > 0) also.push(t.headline.alsoDegraded(counts.degraded));
  if (light !== 'no-data' && counts['no-data'] > 0) also.push(t.headline.alsoNoData(counts['no-data']));
  const others = counts.healthy > 0 ? [t.headline.others(counts.healthy)] : [];
  return [...(also.length > 0 ? [t.headline.also(also)] : []), ...others].join(' ');
}

/** `trusted`: the overview is fresh enough to be believed. */
export function headlineOf(
  overview: Overview | undefined,
  trusted: boolean,
  loss: Loss | null,
  nowMs: number,
): Headline {
  if (loss) return lost(loss);
  if (!overview) return { light: 'no-data', sentence: t.headline.loading, note: '' };
  if (overview.source === 'database') {
    return { light: 'no-data', sentence: t.headline.schedulerSilent, note: t.headline.schedulerSilentNote };
  }
  const { services } = overview;
  if (services.length === 0) return { light: 'no-data', sentence: t.headline.empty, note: t.headline.emptyNote };

  const byLight: Record<Light, Service[]> = { down: [], 'no-data': [], degraded: [], healthy: [] };
  for (const service of services) byLight[lightOf(service, trusted)].push(service);
  if (byLight['no-data'].length === services.length && services.length > 1) {
    return { light: 'no-data', sentence: t.headline.nothingKnown, note: t.headline.noDataMany(services.length) };
  }
  const worst = LIGHTS.find((light) => byLight[light].length > 0) ?? 'no-data';
  if (worst === 'healthy') {
    return { light: 'healthy', sentence: t.headline.running, note: t.headline.runningNote(services.length) };
  }
  const counts = {
    down: byLight.down.length,
    'no-data': byLight['no-data'].length,
    degraded: byLight.degraded.length,
    healthy: byLight.healthy.length,
  };
  return { light: worst, sentence: sentenceOf(worst, byLight[worst], nowMs), note: noteOf(worst, counts) };
}

/** The tab's title: what it says must be readable in twenty characters. */
export function tabTitle(overview: Overview | undefined, trusted: boolean, loss: Loss | null): string {
  if (loss) return t.tab.lost;
  if (!overview) return t.tab.loading;
  let down = 0;
  let noData = 0;
  let degraded = 0;
  for (const service of overview.services) {
    const light = lightOf(service, trusted);
    if (light === 'down') down++;
    else if (light === 'no-data') noData++;
    else if (light === 'degraded') degraded++;
  }
  if (down > 0) return t.tab.down(down);
  if (noData > 0) return t.tab.noData(noData);
  if (degraded > 0) return t.tab.degraded(degraded);
  return overview.services.length > 0 ? t.tab.running : t.tab.loading;
}
