// The alert settings of one service, checked as they are typed. Somebody else's change meanwhile is not overwritten.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Failure, putAlert, testAlert } from '../api/client';
import type { AlertConfig, Channel } from '../api/types';
import { t } from '../strings';
import { channelTitle } from '../ui/channel-title';
import { Field, FormDialog } from '../ui/form';
import { type Draft, faultsOf, lengthText, secondsOf } from './validate';

function draftOf(config: AlertConfig): Draft {
  return {
    enabled: config.enabled,
    delay: lengthText(config.escalation_delay_seconds),
    reminder: lengthText(config.reminder_interval_seconds),
    webhook: config.webhook_url ?? '',
    channels: config.notification_channels,
  };
}

export function ConfigDialog({
  config,
  channels,
  title,
  onClose,
}: {
  config: AlertConfig;
  channels: readonly Channel[];
  title: string;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(config));
  const change = (part: Partial<Draft>) => setDraft((old) => ({ ...old, ...part }));
  const faults = faultsOf(draft);
  const renew = () => void client.invalidateQueries({ queryKey: ['alerts'] });
  const save = useMutation({
    mutationFn: () =>
      putAlert(config.service_name, config.etag, {
        enabled: draft.enabled,
        escalation_delay_seconds: secondsOf(draft.delay) ?? 0,
        reminder_interval_seconds: secondsOf(draft.reminder) ?? 0,
        webhook_url: draft.webhook.trim() || null,
        notification_channels: [...draft.channels],
      }),
    onSuccess: () => {
      renew();
      onClose();
    },
    onError: renew,
  });
  const test = useMutation({ mutationFn: () => testAlert(config.service_name) });
  const stale = save.error instanceof Failure && save.error.status === 412;
  const names = [...new Set(['dashboard', ...channels.map((one) => one.name), ...draft.channels])];
  const toggle = (name: string, on: boolean) =>
    change({ channels: on ? [...draft.channels, name] : draft.channels.filter((one) => one !== name) });
  return (
    <FormDialog
      lead={t.alerts.title}
      title={title}
      submit={t.alerts.save}
      ready={Object.keys(faults).length === 0}
      pending={save.isPending}
      error={stale ? t.alerts.changedMeanwhile : (save.error ?? test.error)?.message}
      aside={
        <button type="button" className="button" disabled={test.isPending} onClick={() => test.mutate()}>
          {t.alerts.testAll}
        </button>
      }
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <label className="check">
        <input
          type="checkbox"
          checked={draft.enabled}
          onChange={(event) => change({ enabled: event.target.checked })}
        />
        {t.alerts.enabled}
      </label>
      <div className="fields">
        <Field label={t.alerts.delay} note={t.alerts.delayNote} fault={faults.delay}>
          <input
            value={draft.delay}
            aria-invalid={faults.delay !== undefined}
            onChange={(event) => change({ delay: event.target.value })}
          />
        </Field>
        <Field label={t.alerts.remind} note={t.alerts.remindNote} fault={faults.reminder}>
          <input
            value={draft.reminder}
            aria-invalid={faults.reminder !== undefined}
            onChange={(event) => change({ reminder: event.target.value })}
          />
        </Field>
      </div>
      <fieldset className="field">
        <legend>{t.alerts.told}</legend>
        {names.map((name) => (
          <label key={name} className="check">
            <input
              type="checkbox"
              checked={draft.channels.includes(name)}
              onChange={(event) => toggle(name, event.target.checked)}
            />
            {channelTitle(name, channels)}
          </label>
        ))}
      </fieldset>
      <Field label={t.alerts.webhookLabel} note={t.alerts.webhookNote} fault={faults.webhook}>
        <input
          type="url"
          value={draft.webhook}
          placeholder="https://"
          autoComplete="off"
          aria-invalid={faults.webhook !== undefined}
          onChange={(event) => change({ webhook: event.target.value })}
        />
      </Field>
      {test.isSuccess && (
        <p className="notice" role="status">
          {t.alerts.testSent}
        </p>
      )}
    </FormDialog>
  );
}
