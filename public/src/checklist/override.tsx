// Letting a check pass that does not: for a reason, for a while, in one's own name.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { override } from '../api/client';
import type { ChecklistItem } from '../api/types';
import { t } from '../strings';
import { Field, FormDialog } from '../ui/form';
import { shortDuration } from '../ui/format';

/** As the API has it. */
const REASON_LEAST = 10;
const REASON_MOST = 500;
const EXPIRIES_S = [900, 3600, 4 * 3600, 12 * 3600, 86_400];

export function OverrideDialog({ item, onClose }: { item: ChecklistItem; onClose: () => void }) {
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const [expires, setExpires] = useState(3600);
  const [force, setForce] = useState(false);
  const doing = useMutation({
    mutationFn: () =>
      override(item.name, { reason: reason.trim(), expires_in_seconds: expires, force: item.required && force }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['checklist'] });
      void client.invalidateQueries({ queryKey: ['overview'] });
      onClose();
    },
  });
  const short = reason.trim().length < REASON_LEAST;
  return (
    <FormDialog
      title={t.checklist.overrideTitle(item.title)}
      submit={t.checklist.override}
      grave
      ready={!short && (!item.required || force)}
      pending={doing.isPending}
      error={doing.error?.message}
      onSubmit={() => doing.mutate()}
      onClose={onClose}
    >
      <Field
        label={t.checklist.reason}
        note={t.checklist.reasonNote(REASON_LEAST)}
        fault={reason !== '' && short ? t.checklist.reasonNote(REASON_LEAST) : undefined}
      >
        <textarea
          rows={3}
          maxLength={REASON_MOST}
          value={reason}
          aria-invalid={reason !== '' && short}
          onChange={(event) => setReason(event.target.value)}
        />
      </Field>
      <Field label={t.checklist.expires}>
        <select value={expires} onChange={(event) => setExpires(Number(event.target.value))}>
          {EXPIRIES_S.map((seconds) => (
            <option key={seconds} value={seconds}>
              {shortDuration(seconds)}
            </option>
          ))}
        </select>
      </Field>
      {item.required && (
        <label className="check">
          <input type="checkbox" checked={force} onChange={(event) => setForce(event.target.checked)} />
          {t.checklist.force}
        </label>
      )}
    </FormDialog>
  );
}
