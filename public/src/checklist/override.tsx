// Letting a check pass that does not: for a reason, for a while, in one's own name.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { override } from '../api/client';
import type { ChecklistItem } from '../api/types';
import { t } from '../strings';
import { Dialog } from '../ui/dialog';
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
    <Dialog title={t.checklist.overrideTitle(item.title)} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!short && (!item.required || force)) doing.mutate();
        }}
      >
        <label className="field">
          <span>{t.checklist.reason}</span>
          <textarea
            rows={3}
            maxLength={REASON_MOST}
            value={reason}
            aria-invalid={reason !== '' && short}
            onChange={(event) => setReason(event.target.value)}
          />
          <span className={reason !== '' && short ? 'field-fault' : 'field-note'}>
            {t.checklist.reasonNote(REASON_LEAST)}
          </span>
        </label>
        <label className="field">
          <span>{t.checklist.expires}</span>
          <select value={expires} onChange={(event) => setExpires(Number(event.target.value))}>
            {EXPIRIES_S.map((seconds) => (
              <option key={seconds} value={seconds}>
                {shortDuration(seconds)}
              </option>
            ))}
          </select>
        </label>
        {item.required && (
          <label className="check">
            <input type="checkbox" checked={force} onChange={(event) => setForce(event.target.checked)} />
            {t.checklist.force}
          </label>
        )}
        {doing.error && (
          <p className="notice notice-bad" role="alert">
            {doing.error.message}
          </p>
        )}
        <p className="dialog-end">
          <button type="button" className="button" onClick={onClose}>
            {t.cancel}
          </button>
          <button
            type="submit"
            className="button danger"
            disabled={short || (item.required && !force) || doing.isPending}
          >
            {t.checklist.override}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
