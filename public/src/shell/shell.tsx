// What is around every page: the bar, the way to the other pages, the foot; and what may lie over any of them. Pages but the first are fetched when
// they are wanted, and the first one's neighbours when the browser has nothing else to do.
import './shell.css';
import { lazy, Suspense, useEffect } from 'react';
import { headlineOf, tabTitle } from '../health/headline';
import { OverviewContext, useOverview, useOverviewQuery } from '../health/overview';
import { HealthPage } from '../health/page';
import { t } from '../strings';
import { type PageName, type Place, pageUnder, usePlace } from '../ui/address';
import { Boundary } from '../ui/boundary';
import { useNow } from '../ui/clock';
import { useTab } from '../ui/tab';
import { Bar } from './bar';
import { useLive } from './live';
import { piece } from './pieces';
import { useShortcuts } from './shortcuts';

const loaders = {
  panel: () => import('../service/panel'),
  incident: () => import('../timeline/incident'),
  timeline: () => import('../timeline/page'),
  checklist: () => import('../checklist/page'),
  alerts: () => import('../alerts/page'),
  audit: () => import('../audit/page'),
  checks: () => import('../checks/page'),
  help: () => import('./help'),
};

const ServicePanel = lazy(() => piece(loaders.panel));
const IncidentDialog = lazy(() => piece(loaders.incident));
const Help = lazy(() => piece(loaders.help));
const pages: Record<Exclude<PageName, 'overview'>, React.ComponentType<{ place: Place }>> = {
  timeline: lazy(() => piece(loaders.timeline)),
  checklist: lazy(() => piece(loaders.checklist)),
  alerts: lazy(() => piece(loaders.alerts)),
  audit: lazy(() => piece(loaders.audit)),
  checks: lazy(() => piece(loaders.checks)),
};

/** "Europe/Berlin", as the browser has it. */
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** After the first screen, milliseconds: what is most likely to be opened; then all, so that every page can be opened while the server is away. */
const PREFETCH_PANEL_MS = 1_500;
const PREFETCH_ALL_MS = 10_000;

function usePrefetch() {
  useEffect(() => {
    const idle = globalThis.requestIdleCallback ?? ((fn: () => void) => setTimeout(fn, 2000));
    // What cannot be had now is fetched when it is wanted.
    const fetchAll = (...loads: (() => Promise<unknown>)[]) =>
      idle(() => void Promise.all(loads.map((load) => load())).catch(() => undefined));
    const timers = [
      setTimeout(() => fetchAll(loaders.panel), PREFETCH_PANEL_MS),
      setTimeout(() => fetchAll(...Object.values(loaders)), PREFETCH_ALL_MS),
    ];
    return () => timers.forEach(clearTimeout);
  }, []);
}

function PieceWaiting() {
  const { loss } = useOverview();
  return <p className="page-waiting quiet">{loss ? t.tryingAgain(loss.message) : t.loading}</p>;
}

function CurrentPage({ place }: { place: Place }) {
  if (place.page === 'overview') return <HealthPage />;
  const Page = pages[place.page];
  return (
    <Boundary key={place.page}>
      <Suspense fallback={<PieceWaiting />}>
        <Page place={place} />
      </Suspense>
    </Boundary>
  );
}

function focusMain() {
  document.getElementById('main')?.focus();
}

export function Shell() {
  const state = useOverviewQuery();
  const { overview, trusted, loss } = state;
  const place = usePlace();
  const live = useLive();
  const help = useShortcuts(state.ask);
  usePrefetch();
  // What the tab shows changes with time too: an answer grows too old to be believed.
  const light = useNow((nowMs) => headlineOf(overview, trusted, loss, nowMs).light);
  useTab(tabTitle(overview, trusted, loss), light);
  // What lies over a page leaves it where it is.
  const shown = place.service || place.incident ? pageUnder() : place;
  return (
    <OverviewContext value={state}>
      <button type="button" className="skip" onClick={focusMain}>
        {t.skip}
      </button>
      <Bar page={shown.page} live={live} onHelp={help.show} />
      <main id="main" tabIndex={-1}>
        <CurrentPage place={shown} />
      </main>
      <footer className="foot">{t.footer(ZONE)}</footer>
      <Suspense fallback={null}>
        {place.service !== null && <ServicePanel key={place.service} name={place.service} place={place} />}
        {place.incident !== null && <IncidentDialog key={place.incident} id={place.incident} place={place} />}
        {help.shown && <Help onClose={help.hide} />}
      </Suspense>
    </OverviewContext>
  );
}
