// One service at a glance. The whole card is the link to its details.
import { type MouseEvent, memo } from 'react';
import type { Service } from '../api/types';
import { t } from '../strings';
import { serviceHref } from '../ui/address';
import { milliseconds, percent } from '../ui/format';
import { Lamp, LampIcon } from '../ui/lamp';
import { Ago, For } from '../ui/time';
import { lightOf } from './light';
import { reasonOf } from './reason';
import { Remarks } from './remarks';

interface Props {
  service: Service;
  trusted: boolean;
  dense: boolean;
}

function Fact({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <div className="fact">
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function percentOf(value: number | null): string {
  return value === null ? t.nothing : percent(value);
}

/** Times lie above the card's link, so that they can be hovered over. */
function openByTime(event: MouseEvent, name: string) {
  if (event.target instanceof HTMLTimeElement) location.hash = serviceHref(name);
}

function DenseCard({ service }: { service: Service }) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link within is what the keyboard uses
    <article className="card card-dense card-healthy" onClick={(event) => openByTime(event, service.service_name)}>
      <LampIcon light="healthy" />
      <h3>
        <a href={serviceHref(service.service_name)}>{service.title}</a>
        <span className="sr-only">: {t.status.healthy}</span>
      </h3>
      <span className="dense-facts">
        {service.latency_ms !== null && <span>{milliseconds(service.latency_ms)}</span>}
        <Ago at={service.checked_at} />
      </span>
    </article>
  );
}

export const Card = memo(function Card({ service, trusted, dense }: Props) {
  const light = lightOf(service, trusted);
  if (dense && light === 'healthy' && !service.flapping_since) return <DenseCard service={service} />;
  const reason = reasonOf(service, trusted);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link within is what the keyboard uses
    <article className={`card card-${light}`} onClick={(event) => openByTime(event, service.service_name)}>
      <header>
        <h3>
          <a href={serviceHref(service.service_name)}>{service.title}</a>
        </h3>
        <Lamp light={light} />
      </header>
      {reason && <p className="reason">{reason}</p>}
      <Remarks service={service} />
      <dl className="facts">
        {light === 'down' ? (
          <Fact term={t.card.downFor}>
            <For since={service.since} />
          </Fact>
        ) : (
          <Fact term={t.card.upFor}>{light === 'no-data' ? t.nothing : <For since={service.up_since} />}</Fact>
        )}
        <Fact term={t.card.latency}>{service.latency_ms === null ? t.nothing : milliseconds(service.latency_ms)}</Fact>
        <Fact term={t.card.lastCheck}>{service.checked_at ? <Ago at={service.checked_at} /> : t.never}</Fact>
      </dl>
      <dl className="uptime">
        <Fact term={t.card.uptime7}>{percentOf(service.uptime['7d'])}</Fact>
        <Fact term={t.card.uptime30}>{percentOf(service.uptime['30d'])}</Fact>
      </dl>
    </article>
  );
});
