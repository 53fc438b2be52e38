// A row of the grid: a heading, or cards side by side.
import type { Service } from '../api/types';
import { t } from '../strings';
import { Card } from './card';
import type { SmallGraphs } from './curve';
import type { Row } from './rows';

/** What all rows have in common. */
export interface Shared {
  services: Map<string, Service>;
  trusted: boolean;
  /** undefined: not known yet, or not to be had. */
  graphs: SmallGraphs | undefined;
  count: number;
}

function Cards({ row, shared }: { row: Extract<Row, { kind: 'cards' }>; shared: Shared }) {
  const { services, trusted, graphs, count } = shared;
  return (
    <div className={row.dense ? 'grid grid-dense' : 'grid'}>
      {row.names.map((name, i) => {
        const service = services.get(name);
        return (
          service && (
            <Card
              key={name}
              service={service}
              trusted={trusted}
              dense={row.dense}
              graph={graphs?.byName.get(name)}
              daysFromMs={graphs?.daysFromMs ?? 0}
              place={row.first + i + 1}
              of={count}
            />
          )
        );
      })}
    </div>
  );
}

function Head({ row }: { row: Extract<Row, { kind: 'head' }> }) {
  return (
    <h2 className={row.group === null ? 'group-head group-attention' : 'group-head'}>
      {row.group ?? t.grid.attention} <span className="quiet">{row.count}</span>
    </h2>
  );
}

export function RowOf({ row, shared }: { row: Row; shared: Shared }) {
  return row.kind === 'head' ? <Head row={row} /> : <Cards row={row} shared={shared} />;
}
