// The answer as it is now.
import { useQuery } from '@tanstack/react-query';
import { getChecklist } from '../api/client';
import type { Overview } from '../api/types';
import { t } from '../strings';
import { useNow } from '../ui/clock';
import { headlineOf } from './headline';
import { GateLine, HeadlineView } from './headline-view';
import { holdersOf, knownTitles } from './holders';
import { useOverview } from './overview';

/** The overview names what holds the gate; what it is called stands on the checklist, which is asked only when it is needed. */
function useHolders({ services, blocking }: Overview): string[] {
  const titles = knownTitles(services);
  const unknown = blocking.filter((name) => !titles.has(name));
  const { data } = useQuery({
    queryKey: ['checklist', 'titles', ...unknown],
    queryFn: ({ signal }) => getChecklist(signal),
    enabled: unknown.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  for (const item of data?.checks ?? []) titles.set(item.name, titles.get(item.name) ?? item.title);
  return holdersOf(blocking, titles);
}

function Gate({ overview, known }: { overview: Overview; known: boolean }) {
  const holders = useHolders(overview);
  return <GateLine ready={known ? overview.ready : null} holders={holders} />;
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
    <>
      <HeadlineView light={light} sentence={sentence} note={note}>
        {overview && <Gate overview={overview} known={trusted && !loss} />}
      </HeadlineView>
      <p className="sr-only" role="status">
        {overview || loss ? announcement(light, overview, sentence) : ''}
      </p>
    </>
  );
}

/** What a screen reader is told when it changes: without the minutes, which change all the time. */
function announcement(light: keyof typeof t.status, overview: Overview | undefined, sentence: string): string {
  const down = overview?.services.filter((service) => service.status === light).map((service) => service.title) ?? [];
  if (light === 'down' || light === 'degraded') return `${t.status[light]}: ${t.list(down)}`;
  return sentence;
}
