// One service at a glance. The whole card is the link to its details.
import { type MouseEvent, memo } from 'react';
import type { Sparkline as Points, Service } from '../api/types';
import { t } from '../strings';
import { go, serviceHref } from '../ui/address';
import { milliseconds, percent } from '../ui/format';
import { Lamp, LampIcon } from '../ui/lamp';
import { Ago, For } from '../ui/time';
import { DayColumns } from './day-columns';
import { type Light, lightOf } from './light';
import { reasonOf } from './reason';
import { Remarks } from './remarks';
import { Sparkline } from './sparkline';

interface Props {
  service: Service;
  trusted: boolean;
  dense: boolean;
  /** undefined: not known yet, or not to be had. */
  graph: Points | undefined;
  /** Where the graph's days begin, milliseconds. */
  daysFromMs: number;
  /** Its place among all, from 1 on. */
  place: number;
  of: number;
}

function Fact({ term, children, className = '' }: { term: string; children: React.ReactNode; className?: string }) {
  return (
    <div className={`fact ${className}`}>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function percentOf(value: number | null): string {
  return value === null ? t.nothing : percent(value);
}

/** Times and graphs lie above the card's link, so that they can be hovered over. */
function openBySurface(event: MouseEvent, name: string) {
  const over = event.target instanceof Element && event.target.closest('time, svg.sparkline, svg.day-columns');
  if (over) go(serviceHref(name));
}

function Title({ service }: { service: Service }) {
  return (
    <a href={serviceHref(service.service_name)} data-card={service.service_name}>
      {service.title}
    </a>
  );
}

function DenseCard({ service, light, graph, daysFromMs, place, of }: Props & { light: Light }) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link within is what the keyboard uses
    <article
      className={`card card-dense card-${light}`}
      aria-posinset={place}
      aria-setsize={of}
      onClick={(event) => openBySurface(event, service.service_name)}
    >
      <LampIcon light={light} />
      <h3>
        <Title service={service} />
      </h3>
      <span className="dense-latency">
        {service.latency_ms === null ? t.nothing : milliseconds(service.latency_ms)}
      </span>
      <p className="dense-facts">
        <span>{t.status[light]}</span>
        <span>
          {t.card.upFor} <For since={service.up_since} />
        </span>
        <span>{service.checked_at ? <Ago at={service.checked_at} /> : t.never}</span>
      </p>
      <span className="dense-days">{graph && <DayColumns sparkline={graph} fromMs={daysFromMs} />}</span>
      <Sparkline sparkline={graph} />
    </article>
  );
}

export const Card = memo(function Card(props: Props) {
  const { service, trusted, dense, graph, daysFromMs, place, of } = props;
  const light = lightOf(service, trusted);
  if (dense) return <DenseCard {...props} light={light} />;
  const reason = reasonOf(service, trusted);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the link within is what the keyboard uses
    <article
      className={`card card-${light}`}
      aria-posinset={place}
      aria-setsize={of}
      onClick={(event) => openBySurface(event, service.service_name)}
    >
      <header>
        <h3>
          <Title service={service} />
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
        <Fact term={t.card.lastCheck}>{service.checked_at ? <Ago at={service.checked_at} /> : t.never}</Fact>
        <Fact term={t.card.latency}>{service.latency_ms === null ? t.nothing : milliseconds(service.latency_ms)}</Fact>
      </dl>
      <div className="card-graphs">
        <Sparkline sparkline={graph} />
        <div className="card-days">
          {graph ? <DayColumns sparkline={graph} fromMs={daysFromMs} /> : <span className="day-columns" />}
        </div>
      </div>
      <dl className="uptime">
        <Fact term={t.card.uptime7}>{percentOf(service.uptime['7d'])}</Fact>
        <Fact term={t.card.uptime30}>{percentOf(service.uptime['30d'])}</Fact>
      </dl>
    </article>
  );
});
