// The ways to tell somebody: when each was last proven to work, and a test.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { testAlert } from '../api/client';
import { useIsAdmin } from '../api/role';
import type { Channel } from '../api/types';
import { t } from '../strings';
import { pageHref } from '../ui/address';
import { channelTitle } from '../ui/channel-title';
import { LampIcon } from '../ui/lamp';
import { Ago } from '../ui/time';

function ChannelRow({ channel, service }: { channel: Channel; service: string | undefined }) {
  const isAdmin = useIsAdmin();
  const title = channelTitle(channel.name, [channel]);
  const client = useQueryClient();
  const test = useMutation({
    mutationFn: () => testAlert(service ?? '', [channel.name]),
    onSettled: () => void client.invalidateQueries({ queryKey: ['alerts'] }),
  });
  const light = channel.failing ? 'down' : channel.last_proven_at ? 'healthy' : 'no-data';
  return (
    <li className="channel">
      <LampIcon light={light} />
      <div>
        <p>
          <b>{title}</b> <span className="quiet">{channel.file}</span>
        </p>
        <p className="quiet">
          {channel.last_proven_at ? (
            <>
              {t.alerts.proven} <Ago at={channel.last_proven_at} />
            </>
          ) : (
            t.alerts.unproven
          )}
          {channel.pending > 0 && ` · ${t.alerts.waiting(channel.pending)}`}
        </p>
        {channel.failing && channel.last_error && <p className="field-fault">{channel.last_error}</p>}
        {test.isSuccess && (
          <p role="status">
            {t.alerts.testSent}{' '}
            <a className="text-link" href={pageHref('alerts', { view: 'deliveries', channel: channel.name })}>
              {t.alerts.views.deliveries}
            </a>
          </p>
        )}
        {test.error && <p className="field-fault">{test.error.message}</p>}
      </div>
      {isAdmin && service && (
        <button
          type="button"
          className="button small"
          disabled={test.isPending}
          aria-label={`${t.alerts.test}: ${title}`}
          onClick={() => test.mutate()}
        >
          {t.alerts.test}
        </button>
      )}
    </li>
  );
}

export function Channels({ channels, services }: { channels: readonly Channel[]; services: readonly string[] }) {
  return (
    <section className="panel-section" aria-labelledby="channels-title">
      <h2 id="channels-title" className="group-head">
        {t.alerts.channels}
      </h2>
      {channels.length === 0 ? (
        <p className="quiet">{t.alerts.noChannels}</p>
      ) : (
        <ul className="channels">
          {channels.map((channel) => (
            <ChannelRow key={channel.name} channel={channel} service={services[0]} />
          ))}
        </ul>
      )}
    </section>
  );
}
