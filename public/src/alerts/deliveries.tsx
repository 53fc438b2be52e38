// The ledger: what was told to whom, what became of it, and each attempt.
import { useInfiniteQuery } from '@tanstack/react-query';
import { getDeliveries } from '../api/client';
import type { Channel, Delivery } from '../api/types';
import { useOverview } from '../health/overview';
import { t, wordFor } from '../strings';
import { look, type Place } from '../ui/address';
import { milliseconds } from '../ui/format';
import { LampIcon } from '../ui/lamp';
import { Ledger } from '../ui/ledger';
import '../ui/lines.css';
import { channelTitle } from '../ui/channel-title';
import { At } from '../ui/time';

const STATES = ['pending', 'delivered', 'failed', 'given_up', 'suppressed'] as const;
const LIGHTS = {
  pending: 'no-data',
  delivered: 'healthy',
  failed: 'degraded',
  given_up: 'down',
  suppressed: 'no-data',
} as const;
const LIMIT = '50';

function Attempts({ delivery }: { delivery: Delivery }) {
  if (delivery.attempts.length === 0) return null;
  return (
    <details className="attempts">
      <summary>{t.alerts.attempts(delivery.attempts.length)}</summary>
      <ul className="lines">
        {delivery.attempts.map((one) => (
          <li key={one.at}>
            <At at={one.at} seconds />
            <span>
              {one.error ?? t.deliveryStates.delivered}
              {one.status_code !== null && ` (${one.status_code})`}
            </span>
            <span className="quiet">{milliseconds(one.duration_ms)}</span>
            {one.answer && <code>{one.answer}</code>}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Row({ delivery, title, channel }: { delivery: Delivery; title: string; channel: string }) {
  return (
    <tr>
      <td>
        <At at={delivery.delivered_at ?? delivery.created_at} seconds />
      </td>
      <td data-label={t.alerts.service}>
        <b>{title}</b>
      </td>
      <td data-label={t.alerts.event}>{wordFor(t.events, delivery.event)}</td>
      <td data-label={t.alerts.channel}>{channel}</td>
      <td className="wide">
        <span className="status-line">
          <LampIcon light={LIGHTS[delivery.state]} />
          {wordFor(t.deliveryStates, delivery.state)}
        </span>
        {delivery.reason && <p className="quiet">{delivery.reason}</p>}
        {delivery.state === 'pending' && delivery.due_at && (
          <p className="quiet">
            {t.alerts.due} <At at={delivery.due_at} seconds />
          </p>
        )}
        <Attempts delivery={delivery} />
      </td>
    </tr>
  );
}

export function Deliveries({ place, channels }: { place: Place; channels: readonly Channel[] }) {
  const { query } = place;
  const { overview } = useOverview();
  const wanted = {
    service: query.get('service'),
    channel: query.get('channel'),
    state: query.get('state'),
    limit: LIMIT,
  };
  const asked = useInfiniteQuery({
    queryKey: ['alerts-deliveries', wanted],
    queryFn: ({ pageParam, signal }) => getDeliveries({ ...wanted, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: (before) => before,
    refetchInterval: 10_000,
  });
  const titles = new Map(overview?.services.map((one) => [one.service_name, one.title]));
  const filters = [
    ['service', t.alerts.service, [...titles]],
    ['channel', t.alerts.channel, channels.map((one) => [one.name, channelTitle(one.name, channels)] as const)],
    ['state', t.alerts.state, STATES.map((one) => [one, wordFor(t.deliveryStates, one)] as const)],
  ] as const;
  return (
    <>
      <search className="filters">
        {filters.map(([key, label, options]) => (
          <label key={key} className="field">
            <span>{label}</span>
            <select value={query.get(key) ?? ''} onChange={(event) => look({ [key]: event.target.value || null })}>
              <option value="">{t.alerts.any}</option>
              {options.map(([value, text]) => (
                <option key={value} value={value}>
                  {text}
                </option>
              ))}
            </select>
          </label>
        ))}
      </search>
      <Ledger
        asked={asked}
        rowsOf={(page) => page.deliveries}
        heads={[t.audit.when, t.alerts.service, t.alerts.event, t.alerts.channel, t.alerts.state]}
        none={t.alerts.noDeliveries}
      >
        {(one) => (
          <Row
            key={one.id}
            delivery={one}
            title={titles.get(one.service_name) ?? one.service_name}
            channel={channelTitle(one.channel, channels)}
          />
        )}
      </Ledger>
    </>
  );
}
