// The answer, large: a signal, a sentence, and whether the gate is open.
import { useQuery } from '@tanstack/react-query';
import { getChecklist } from '../api/client';
import type { Overview } from '../api/types';
import { t } from '../strings';
import { pageHref } from '../ui/address';
import { useNow } from '../ui/clock';
import { SignalHead } from '../ui/lamp';
import { headlineOf } from './headline';
import { useOverview } from './overview';

/** Most names that the gate's line holds. */
const BLOCKING_MOST = 3;

/** A critical service stands on the checklist in its own name, with this before it. */
const SERVICE = 'service:';

/** What holds the gate, in people's words. The overview names it; what it is called stands on the checklist, which is asked only when it is needed. */
function useHolders({ services, blocking }: Overview): string[] {
  const titles = new Map(services.map((service) => [SERVICE + service.service_name, service.title]));
  titles.set('scheduler', t.gate.scheduler);
  const unknown = blocking.filter((name) => !titles.has(name));
  const { data } = useQuery({
    queryKey: ['checklist', 'titles', ...unknown],
    queryFn: ({ signal }) => getChecklist(signal),
    enabled: unknown.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  for (const item of data?.checks ?? []) titles.set(item.name, titles.get(item.name) ?? item.title);
  const names = blocking.map((name) => titles.get(name) ?? name);
  if (names.length <= BLOCKING_MOST) return names;
  return [...names.slice(0, BLOCKING_MOST - 1), t.gate.more(names.length - BLOCKING_MOST + 1)];
}

function GateLine({ overview, known }: { overview: Overview; known: boolean }) {
  const holders = useHolders(overview);
  if (!known) return <p className="gate gate-unknown">{t.gate.unknown}</p>;
  return (
    <p className={overview.ready ? 'gate gate-open' : 'gate gate-closed'}>
      <svg viewBox="0 0 28 20" aria-hidden="true" focusable="false">
        <path className="post" d="M6 2v16" />
        <path className="arm" d={overview.ready ? 'M6 12 21 3' : 'M6 10h19'} />
      </svg>
      <span>
        <a href={pageHref('checklist')}>
          <strong>{overview.ready ? t.gate.open : t.gate.closed}</strong>
        </a>{' '}
        {overview.ready ? t.gate.openNote : t.gate.closedNote(holders)}
      </span>
    </p>
  );
}

export function HeadlineBanner() {
  const { overview, trusted, loss } = useOverview();
  // One text, so that a tick renders again only when a minute has passed.
  const text = useNow((nowMs) => {
    const headline = headlineOf(overview, trusted, loss, nowMs);
    return [headline.light, headline.sentence, headline.note].join('\n');
  });
  const [light = 'no-data', sentence = '', note = ''] = text.split('\n') as [keyof typeof t.status, string, string];
  return (
    <section className={`headline headline-${light}`} aria-labelledby="headline">
      <SignalHead light={light} />
      <div className="headline-text">
        <h1 id="headline">{sentence}</h1>
        {note && <p className="headline-note">{note}</p>}
        {overview && <GateLine overview={overview} known={trusted && !loss} />}
      </div>
      <p className="sr-only" role="status">
        {overview || loss ? announcement(light, overview, sentence) : ''}
      </p>
    </section>
  );
}

/** What a screen reader is told when it changes: without the minutes, which change all the time. */
function announcement(light: keyof typeof t.status, overview: Overview | undefined, sentence: string): string {
  const down = overview?.services.filter((service) => service.status === light).map((service) => service.title) ?? [];
  if (light === 'down' || light === 'degraded') return `${t.status[light]}: ${t.list(down)}`;
  return sentence;
}
