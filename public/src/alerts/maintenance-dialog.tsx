// A new maintenance window: once, or every week on some days.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { addMaintenance } from '../api/client';
import type { Recurrence } from '../api/types';
import { t } from '../strings';
import { Dialog } from '../ui/dialog';

const DAYS: Recurrence['days'] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const HOUR_MS = 3_600_000;

/** As a datetime-local field has it, in the browser's zone. */
function localField(ms: number): string {
  const shifted = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

export function MaintenanceDialog({ titles, onClose }: { titles: Map<string, string>; onClose: () => void }) {
  const client = useQueryClient();
  const [title, setTitle] = useState('');
  const [services, setServices] = useState<string[]>(['*']);
  const [from, setFrom] = useState(() => localField(Date.now()));
  const [minutes, setMinutes] = useState('60');
  const [days, setDays] = useState<Recurrence['days']>([]);
  const length = Number(minutes);
  const fromMs = Date.parse(from);
  const wrong =
    title.trim() === '' || services.length === 0 || !(length >= 1 && length <= 10_080) || Number.isNaN(fromMs);
  const add = useMutation({
    mutationFn: () =>
      addMaintenance({
        title: title.trim(),
        services,
        starts_at: new Date(fromMs).toISOString(),
        ends_at: days.length > 0 ? null : new Date(fromMs + length * (HOUR_MS / 60)).toISOString(),
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
    <Dialog title={t.maintenance.add} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!wrong) add.mutate();
        }}
      >
        <label className="field">
          <span>{t.maintenance.title}</span>
          <input value={title} maxLength={120} required onChange={(event) => setTitle(event.target.value)} />
        </label>
        <label className="field">
          <span>{t.maintenance.services}</span>
          <select
            multiple
            size={6}
            value={services}
            onChange={(event) => setServices([...event.target.selectedOptions].map((option) => option.value))}
          >
            <option value="*">{t.maintenance.everything}</option>
            {[...titles].map(([name, text]) => (
              <option key={name} value={name}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <div className="fields">
          <label className="field">
            <span>{t.maintenance.from}</span>
            <input type="datetime-local" value={from} required onChange={(event) => setFrom(event.target.value)} />
          </label>
          <label className="field">
            <span>{t.maintenance.minutes}</span>
            <input
              inputMode="numeric"
              value={minutes}
              aria-invalid={!(length >= 1)}
              onChange={(event) => setMinutes(event.target.value)}
            />
          </label>
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
        {add.error && (
          <p className="notice notice-bad" role="alert">
            {add.error.message}
          </p>
        )}
        <p className="dialog-end">
          <button type="button" className="button" onClick={onClose}>
            {t.cancel}
          </button>
          <button type="submit" className="button primary" disabled={wrong || add.isPending}>
            {t.maintenance.add}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
