// Who did what: the audit trail, newest first, by actor, action, subject and time.
import { useInfiniteQuery } from '@tanstack/react-query';
import { getAudit } from '../api/client';
import type { AuditEntry } from '../api/types';
import { t } from '../strings';
import { look, type Place } from '../ui/address';
import { Ledger } from '../ui/ledger';
import { PageHead } from '../ui/page-head';
import { At } from '../ui/time';

const FILTERS = ['actor', 'action', 'subject'] as const;
const LIMIT = '50';

/** Midnight, local, of a day as a date field has it; null for none. */
function stampOf(day: string | null, plusDays = 0): string | null {
  const [year, month, date] = (day ?? '').split('-').map(Number);
  if (!year || !month || !date) return null;
  return new Date(year, month - 1, date + plusDays).toISOString();
}

/** What was not given or not wanted, and lists without anything in them, say nothing. */
function isEmpty(value: unknown): boolean {
  return (
    value === null || value === '' || value === false || (typeof value === 'object' && Object.keys(value).length === 0)
  );
}

function Parameters({ entry }: { entry: AuditEntry }) {
  const given = Object.entries(entry.parameters ?? {}).filter(([, value]) => !isEmpty(value));
  if (given.length === 0) return null;
  return (
    <span className="quiet">
      {given.map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ')}
    </span>
  );
}

function Row({ entry }: { entry: AuditEntry }) {
  return (
    <tr>
      <td>
        <At at={entry.at} seconds />
      </td>
      <td data-label={t.audit.actor}>
        <b>{entry.actor}</b> {entry.source && <span className="quiet">{entry.source}</span>}
      </td>
      <td data-label={t.audit.action}>{entry.action}</td>
      <td data-label={t.audit.subject}>{entry.subject}</td>
      <td className="wide">
        <Parameters entry={entry} />
      </td>
      <td data-label={t.audit.outcome}>{entry.outcome}</td>
      <td className="hash" title={t.audit.hash(entry.hash)}>
        <code>{entry.hash.slice(0, 8)}</code>
      </td>
    </tr>
  );
}

export default function AuditPage({ place }: { place: Place }) {
  const { query } = place;
  const wanted = {
    ...Object.fromEntries(FILTERS.map((key) => [key, query.get(key)])),
    since: stampOf(query.get('since')),
    until: stampOf(query.get('until'), 1),
    limit: LIMIT,
  };
  const asked = useInfiniteQuery({
    queryKey: ['audit', wanted],
    queryFn: ({ pageParam, signal }) => getAudit({ ...wanted, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: (before) => before,
  });
  return (
    <>
      <PageHead title={t.audit.title} lead={t.audit.lead} />
      <search className="filters">
        {FILTERS.map((key) => (
          <label key={key} className="field">
            <span>{t.audit[key]}</span>
            <input
              type="search"
              value={query.get(key) ?? ''}
              onChange={(event) => look({ [key]: event.target.value || null })}
            />
          </label>
        ))}
        {(['since', 'until'] as const).map((key) => (
          <label key={key} className="field">
            <span>{t.audit[key]}</span>
            <input
              type="date"
              value={query.get(key) ?? ''}
              onChange={(event) => look({ [key]: event.target.value || null })}
            />
          </label>
        ))}
      </search>
      <Ledger
        asked={asked}
        rowsOf={(page) => page.entries}
        heads={[
          t.audit.when,
          t.audit.actor,
          t.audit.action,
          t.audit.subject,
          t.audit.parameters,
          t.audit.outcome,
          t.audit.hashHead,
        ]}
        none={t.audit.none}
      >
        {(entry) => <Row key={entry.id} entry={entry} />}
      </Ledger>
    </>
  );
}
