// When nobody is told: maintenance windows with their next occurrences. Checks go on meanwhile; what is still wrong at the end is told then.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { getMaintenance, removeMaintenance } from '../api/client';
import { useIsAdmin } from '../api/role';
import type { MaintenanceWindow } from '../api/types';
import { useOverview } from '../health/overview';
import { t } from '../strings';
import { dayAndTime, shortDuration, utc } from '../ui/format';
import { MaintenanceDialog } from './maintenance-dialog';

function span(from: string, to: string) {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  return (
    <>
      <time dateTime={from} title={utc(fromMs)}>
        {dayAndTime(fromMs)}
      </time>{' '}
      <span className="quiet">{shortDuration((toMs - fromMs) / 1000)}</span>
    </>
  );
}

function WindowCard({ window, titles }: { window: MaintenanceWindow; titles: Map<string, string> }) {
  const isAdmin = useIsAdmin();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeMaintenance(window.id),
    onSettled: () => void client.invalidateQueries({ queryKey: ['maintenance'] }),
  });
  const { recurrence } = window;
  const all = window.services.includes('*');
  return (
    <li className={window.active ? 'window window-active' : 'window'}>
      <div>
        <p>
          <b>{window.title}</b> {window.active && <span className="tag tag-required">{t.maintenance.now}</span>}
        </p>
        <p className="quiet">
          {all ? t.maintenance.everything : window.services.map((name) => titles.get(name) ?? name).join(', ')}
        </p>
        {recurrence && (
          <p>
            {t.maintenance.weekly(
              recurrence.days.map((day) => t.maintenance.days[day]),
              recurrence.at,
              shortDuration(recurrence.duration_minutes * 60),
              recurrence.time_zone,
            )}
          </p>
        )}
        {remove.error && <p className="field-fault">{remove.error.message}</p>}
      </div>
      <ul className="occurrences" aria-label={t.maintenance.next}>
        {window.next.length === 0 && <li className="quiet">{t.maintenance.over}</li>}
        {window.next.map((one) => (
          <li key={one.starts_at}>{span(one.starts_at, one.ends_at)}</li>
        ))}
      </ul>
      {isAdmin && (
        <button
          type="button"
          className="button small"
          disabled={remove.isPending}
          aria-label={`${t.maintenance.remove}: ${window.title}`}
          onClick={() => remove.mutate()}
        >
          {t.maintenance.remove}
        </button>
      )}
    </li>
  );
}

export function Maintenance() {
  const isAdmin = useIsAdmin();
  const { overview } = useOverview();
  const [adding, setAdding] = useState(false);
  const { data, error } = useQuery({
    queryKey: ['maintenance'],
    queryFn: ({ signal }) => getMaintenance(signal),
    refetchInterval: 30_000,
  });
  const titles = new Map(overview?.services.map((one) => [one.service_name, one.title]));
  return (
    <>
      {isAdmin && (
        <p className="maintenance-tools">
          <button type="button" className="button primary" onClick={() => setAdding(true)}>
            {t.maintenance.add}
          </button>
        </p>
      )}
      {error && <p className="notice notice-bad">{t.tryingAgain(error.message)}</p>}
      {data?.windows.length === 0 && <p className="none-found">{t.maintenance.none}</p>}
      {data && (
        <ul className="windows">
          {data.windows.map((window) => (
            <WindowCard key={window.id} window={window} titles={titles} />
          ))}
        </ul>
      )}
      {adding && <MaintenanceDialog titles={titles} onClose={() => setAdding(false)} />}
    </>
  );
}
