// Saying that one has a trouble in hand: everybody sees it, and alerts of it are held back.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { acknowledge, unacknowledge } from '../api/client';
import type { ServiceDetail } from '../api/types';
import { lightOf } from '../health/light';
import { t } from '../strings';
import { toServerTime } from '../ui/clock';
import { Field, FormDialog } from '../ui/form';
import { shortDuration } from '../ui/format';

/** How long an acknowledgement may last at most, for those who promise no more, seconds. */
const ACK_LASTS_S = [3600, 4 * 3600, 12 * 3600, 86_400];

export function Acknowledge({ detail }: { detail: ServiceDetail }) {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [note, setNote] = useState('');
  const [lastsS, setLastsS] = useState(0);
  const renew = () => client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'sparklines' });
  const take = useMutation({
    mutationFn: () =>
      acknowledge(
        detail.service_name,
        note,
        lastsS ? new Date(toServerTime(Date.now()) + 1000 * lastsS).toISOString() : null,
      ),
    onSuccess: () => {
      setOpen(false);
      void renew();
    },
  });
  const lift = useMutation({ mutationFn: () => unacknowledge(detail.service_name), onSuccess: renew });
  if (detail.acknowledged)
    return (
      <button type="button" className="button" disabled={lift.isPending} onClick={() => lift.mutate()}>
        {t.actions.lift}
      </button>
    );
  if (lightOf(detail, true) === 'healthy') return null;
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        {t.actions.acknowledge}
      </button>
      {open && (
        <FormDialog
          title={t.actions.acknowledge}
          submit={t.actions.acknowledge}
          ready
          pending={take.isPending}
          error={take.error?.message}
          onSubmit={() => take.mutate()}
          onClose={() => setOpen(false)}
        >
          <p>{t.actions.acknowledgeText}</p>
          <Field label={t.actions.note}>
            <input value={note} maxLength={500} onChange={(event) => setNote(event.target.value)} />
          </Field>
          <Field label={t.checklist.expires}>
            <select value={lastsS} onChange={(event) => setLastsS(Number(event.target.value))}>
              <option value={0}>{t.actions.untilOver}</option>
              {ACK_LASTS_S.map((seconds) => (
                <option key={seconds} value={seconds}>
                  {shortDuration(seconds)}
                </option>
              ))}
            </select>
          </Field>
        </FormDialog>
      )}
    </>
  );
}
