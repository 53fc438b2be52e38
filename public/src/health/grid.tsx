// The services: what needs attention first, then a section a group.
import { useMemo } from 'react';
import type { Overview } from '../api/types';
import { t } from '../strings';
import { arrange, type Filter, type Section } from './arrange';
import { Card } from './card';

/** From so many services on, healthy ones are shown small. */
const DENSE_FROM = 49;

interface Props {
  overview: Overview;
  trusted: boolean;
  filter: Filter;
  onClear: () => void;
}

function GridSection({ section, trusted, dense }: { section: Section; trusted: boolean; dense: boolean }) {
  const attention = section.group === null;
  const title = section.group ?? t.grid.attention;
  const small = dense && !attention;
  return (
    <section className={attention ? 'group group-attention' : 'group'} aria-label={title}>
      <h2>
        {title} <span className="quiet">{section.services.length}</span>
      </h2>
      <ul className={small ? 'grid grid-dense' : 'grid'}>
        {section.services.map((service) => (
          <li key={service.service_name}>
            <Card service={service} trusted={trusted} dense={small} />
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Grid({ overview, trusted, filter, onClear }: Props) {
  const sections = useMemo(() => arrange(overview.services, trusted, filter), [overview, trusted, filter]);
  const found = sections.reduce((sum, section) => sum + section.services.length, 0);
  const filtered = filter.text !== '' || filter.light !== null;
  return (
    <>
      <p className="sr-only" role="status">
        {filtered ? t.grid.found(found) : ''}
      </p>
      {sections.map((section) => (
        <GridSection
          key={section.group ?? ''}
          section={section}
          trusted={trusted}
          dense={overview.services.length >= DENSE_FROM}
        />
      ))}
      {found === 0 && (
        <p className="none-found">
          {t.grid.noneFound}{' '}
          <button type="button" className="button" onClick={onClear}>
            {t.grid.clear}
          </button>
        </p>
      )}
    </>
  );
}
