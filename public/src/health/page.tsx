// The first screen: the answer, the gate, the services; one of them opens beside it.
import './page.css';
import { useState } from 'react';
import type { Overview } from '../api/types';
import { ServicePanel } from '../service/panel';
import { t } from '../strings';
import { useOpenService } from '../ui/address';
import { useNow } from '../ui/clock';
import { useTab } from '../ui/tab';
import type { Filter } from './arrange';
import { Bar } from './bar';
import { BrokenFiles } from './broken-files';
import { Grid } from './grid';
import { headlineOf, tabTitle } from './headline';
import { HeadlineBanner } from './headline-banner';
import { LostNetwork } from './lost-network';
import { useOverview } from './overview';
import { Toolbar } from './toolbar';

/** "Europe/Berlin", as the browser has it. */
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

function Services({ overview, trusted }: { overview: Overview; trusted: boolean }) {
  const [filter, setFilter] = useState<Filter>({ text: '', light: null });
  if (overview.services.length === 0) return null;
  return (
    <>
      <Toolbar services={overview.services} trusted={trusted} filter={filter} onFilter={setFilter} />
      <Grid
        overview={overview}
        trusted={trusted}
        filter={filter}
        onClear={() => setFilter({ text: '', light: null })}
      />
    </>
  );
}

export function HealthPage() {
  const state = useOverview();
  const { overview, trusted, loss } = state;
  const open = useOpenService();
  // What the tab shows changes with time too: an answer grows too old to be believed.
  const light = useNow((nowMs) => headlineOf(overview, trusted, loss, nowMs).light);
  useTab(tabTitle(overview, trusted, loss), light);
  return (
    <>
      <a className="skip" href="#services">
        {t.skip}
      </a>
      <Bar state={state} />
      <main>
        <HeadlineBanner state={state} />
        <section id="services" tabIndex={-1} aria-label={t.grid.title} aria-busy={!overview}>
          {overview?.network && <LostNetwork lost={overview.network} />}
          {overview && <BrokenFiles files={overview.broken_files} />}
          {overview ? <Services overview={overview} trusted={trusted} /> : !loss && <Waiting />}
        </section>
      </main>
      <footer className="foot">{t.footer(ZONE)}</footer>
      {open !== null && <ServicePanel key={open} name={open} trusted={trusted} />}
    </>
  );
}

/** The shape of what is coming. */
function Waiting() {
  return (
    <div className="grid waiting" aria-hidden="true">
      {['a', 'b', 'c', 'd', 'e', 'f'].map((key) => (
        <div key={key} className="card card-waiting" />
      ))}
    </div>
  );
}
