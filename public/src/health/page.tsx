// The first screen: the answer, the gate, the services.
import './page.css';
import { useState } from 'react';
import type { Overview } from '../api/types';
import { t } from '../strings';
import type { Filter } from './arrange';
import { BrokenFiles } from './broken-files';
import { Grid } from './grid';
import { HeadlineBanner } from './headline-banner';
import { LostNetwork } from './lost-network';
import { useOverview } from './overview';
import { Toolbar } from './toolbar';

const EVERYTHING: Filter = { text: '', light: null };

function Services({ overview, trusted }: { overview: Overview; trusted: boolean }) {
  const [filter, setFilter] = useState<Filter>(EVERYTHING);
  if (overview.services.length === 0) return null;
  return (
    <>
      <Toolbar services={overview.services} trusted={trusted} filter={filter} onFilter={setFilter} />
      <Grid overview={overview} trusted={trusted} filter={filter} onClear={() => setFilter(EVERYTHING)} />
    </>
  );
}

export function HealthPage() {
  const { overview, trusted, loss } = useOverview();
  return (
    <>
      <HeadlineBanner />
      <section id="services" aria-label={t.grid.title} aria-busy={!overview}>
        {overview?.network && <LostNetwork lost={overview.network} />}
        {overview && <BrokenFiles files={overview.broken_files} />}
        {overview ? <Services overview={overview} trusted={trusted} /> : !loss && <Waiting />}
      </section>
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
