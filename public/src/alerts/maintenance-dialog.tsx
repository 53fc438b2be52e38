// A new maintenance window: once, or every week on some days.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { addMaintenance } from '../api/client';
import type { Recurrence } from '../api/types';
import { byTitle } from '../health/arrange';
import { t } from '../strings';
import { Field, FormDialog } from '../ui/form';

const DAYS: Recurrence['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const MINUTE_MS = 60_000;
/** As the API has it: a week. */
const LENGTH_MOST_MIN = 10_080;

/** As a datetime-local field has it, in the browser's zone. */
function localField(ms: number): string {
  const shifted = new Date(ms - new Date(ms).getTimezoneOffset() * MINUTE_MS);
  return shifted.toISOString().slice(0, 16);
}

export function MaintenanceDialog({ titles, onClose }: { titles: Map<string, string>; onClose: () => void }) {
  const client = useQueryClient();
  const [title, setTitle] = useState('');
  const [all, setAll] = useState(true);
  const [services, setServices] = useState<string[]>([]);
  const [from, setFrom] = useState(() => localField(Date.now()));
  const [minutes, setMinutes] = useState('60');
  const [days, setDays] = useState<Recurrence['days']>([]);
  const length = Number(minutes);
  const fromMs = Date.parse(from);
  const faultyLength = !(length >= 1 && length <= LENGTH_MOST_MIN);
  const wrong = title.trim() === '' || (!all && services.length === 0) || faultyLength || Number.isNaN(fromMs);
  const add = useMutation({
    mutationFn: () =>
      addMaintenance({
        title: title.trim(),
        services: all ? ['*'] : services,
        starts_at: new Date(fromMs).toISOString(),
        ends_at: days.length > 0 ? null : new Date(fromMs + length * MINUTE_MS).toISOString(),
        recurrence:
          days.length > 0
            ? {
                days,
                at: from.slice(11, 16),
                duration_minutes: length,
                time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
              }
            : null,
      }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['maintenance'] });
      void client.invalidateQueries({ queryKey: ['overview'] });
      onClose();
    },
  });
  return (
    <FormDialog
      title={t.maintenance.add}
      submit={t.maintenance.add}
      ready={!wrong}
      pending={add.isPending}
      error={add.error?.message}
      onSubmit={() => add.mutate()}
      onClose={onClose}
    >
      <Field label={t.maintenance.title}>
        <input value={title} maxLength={120} required onChange={(event) => setTitle(event.target.value)} />
      </Field>
      <label className="check">
        <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} />
        {t.maintenance.everything}
      </label>
      {!all && (
        <Field label={t.maintenance.services} note={t.maintenance.severalNote}>
          <select
            multiple
            size={6}
            value={services}
            onChange={(event) => setServices([...event.target.selectedOptions].map((option) => option.value))}
          >
            {[...titles]
              .sort(([, a], [, b]) => byTitle(a, b))
              .map(([name, text]) => (
                <option key={name} value={name}>
                  {text}
                </option>
              ))}
          </select>
        </Field>
      )}
      <div className="fields">
        <Field label={t.maintenance.from}>
          <input type="datetime-local" value={from} required onChange={(event) => setFrom(event.target.value)} />
        </Field>
        <Field
          label={t.maintenance.minutes}
          fault={faultyLength ? t.maintenance.lengthFault(1, LENGTH_MOST_MIN) : undefined}
        >
          <input
            inputMode="numeric"
            value={minutes}
            aria-invalid={faultyLength}
            onChange={(event) => setMinutes(event.target.value)}
          />
        </Field>
      </div>
      <fieldset className="field">
        <legend>{t.maintenance.repeat}</legend>
        <span className="week">
          {DAYS.map((day) => (
            <label key={day} className="check">
              <input
                type="checkbox"
                checked={days.includes(day)}
                onChange={(event) =>
                  setDays(
                    event.target.checked
                      ? DAYS.filter((one) => one === day || days.includes(one))
                      : days.filter((one) => one !== day),
                  )
                }
              />
              {t.maintenance.days[day]}
            </label>
          ))}
        </span>
        <span className="field-note">{t.maintenance.repeatNote}</span>
      </fieldset>
    </FormDialog>
  );
}
