// The past of a service over 24 hours, 7 or 30 days: how it was as one bar, how fast it answered as a graph above the same time, and in words what
// was not healthy.
import { lazy, Suspense } from 'react';
import type { Segment as Block } from '../api/types';
import { t } from '../strings';
import { incidentHref, look, type Place } from '../ui/address';
import { percent, secondsBetween, shortDuration, timeOfDay, utc } from '../ui/format';
import { LampIcon } from '../ui/lamp';
import { At } from '../ui/time';
import { type Segment, segmentsOf, sharesOf } from './segments';
import { type GraphRange, hasLine, RANGES, readRange, useHistory } from './series';

const LatencyGraph = lazy(() => import('./graph').then((module) => ({ default: module.LatencyGraph })));

/** A piece is never thinner than this share of the bar: a minute of outage must be seen. */
const SHARE_LEAST = 0.005;
/** Most disturbances that are listed. */
const LISTED_MOST = 8;

function Piece({ segment, fromMs, toMs }: { segment: Segment; fromMs: number; toMs: number }) {
  const whole = toMs - fromMs;
  const share = Math.max((segment.toMs - segment.fromMs) / whole, segment.light === 'healthy' ? 0 : SHARE_LEAST);
  const height = { down: 28, degraded: 22, healthy: 14, 'no-data': 5 }[segment.light];
  return (
    <rect
      className={`piece piece-${segment.light}`}
      x={(1000 * (segment.fromMs - fromMs)) / whole}
      width={1000 * share}
      y={28 - height}
      height={height}
    />
  );
}

function Disturbance({ segment, toMs, name }: { segment: Segment; toMs: number; name: string }) {
  const start = new Date(segment.fromMs).toISOString();
  const what = (
    <>
      <LampIcon light={segment.light} />
      <strong>{t.status[segment.light]}</strong>
    </>
  );
  return (
    <li>
      {segment.id === undefined ? (
        <span className="disturbance">{what}</span>
      ) : (
        <a className="disturbance text-link" href={incidentHref(segment.id, { service: name })}>
          {what}
        </a>
      )}
      <span>
        <At at={start} />
        {segment.toMs < toMs && (
          <>
            {' – '}
            <time dateTime={new Date(segment.toMs).toISOString()} title={utc(segment.toMs)}>
              {timeOfDay(segment.toMs, segment.fromMs)}
            </time>
          </>
        )}
      </span>
      <span className="quiet">{shortDuration(secondsBetween(segment.fromMs, segment.toMs))}</span>
    </li>
  );
}

function StatusBar({
  name,
  blocks,
  range,
  fromMs,
  toMs,
}: {
  name: string;
  blocks: readonly Block[];
  range: GraphRange;
  fromMs: number;
  toMs: number;
}) {
  const segments = segmentsOf(blocks, fromMs, toMs);
  const first = blocks.length > 0 ? Math.min(...blocks.map((block) => Date.parse(block.started_at))) : toMs;
  // Before the service was first seen nothing was disturbed.
  const disturbances = segments.filter(
    (one) => one.light !== 'healthy' && one.toMs > first && one.toMs - one.fromMs > 60_000,
  );
  const shares = sharesOf(segments).map(([light, share]) => t.detail.dayPart(t.status[light], percent(100 * share)));
  // Grey first, so that a thin piece of red is drawn above its neighbours.
  const drawn = [...segments].sort((a, b) => Number(a.light !== 'healthy') - Number(b.light !== 'healthy'));
  return (
    <>
      <svg
        className="day-bar"
        viewBox="0 0 1000 28"
        preserveAspectRatio="none"
        role="img"
        aria-label={t.detail.rangeLabel(t.detail.ranges[range], shares)}
      >
        {drawn.map((segment) => (
          <Piece key={segment.fromMs} segment={segment} fromMs={fromMs} toMs={toMs} />
        ))}
      </svg>
      {disturbances.length > 0 && (
        <ul className="disturbances">
          {disturbances
            .slice(-LISTED_MOST)
            .reverse()
            .map((segment) => (
              <Disturbance key={segment.fromMs} segment={segment} toMs={toMs} name={name} />
            ))}
          {disturbances.length > LISTED_MOST && (
            <li className="quiet">{t.detail.moreDisturbances(disturbances.length - LISTED_MOST)}</li>
          )}
        </ul>
      )}
    </>
  );
}

export function History({ name, place, has }: { name: string; place: Place; has: boolean }) {
  const range = readRange(place.query.get('range'));
  const { data, error, isPlaceholderData } = useHistory(name, range, has);
  return (
    <section className="panel-section" aria-labelledby="history-title">
      <div className="section-head">
        <h3 id="history-title">{t.detail.history}</h3>
        <fieldset className="choices">
          <legend className="sr-only">{t.detail.range}</legend>
          {(Object.keys(RANGES) as GraphRange[]).map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === range}
              onClick={() => look({ range: one === '24h' ? null : one })}
            >
              {t.detail.shortRanges[one]}
            </button>
          ))}
        </fieldset>
      </div>
      {error && !data && <p className="notice">{t.tryingAgain(error.message)}</p>}
      {!error && !data && <div className="graph-waiting" aria-hidden="true" />}
      {data && (
        <div className={isPlaceholderData ? 'history history-old' : 'history'}>
          {hasLine(data.series) ? (
            <Suspense fallback={<div className="graph-waiting" aria-hidden="true" />}>
              <LatencyGraph series={data.series} />
            </Suspense>
          ) : (
            <p className="quiet">{t.graph.tooFew}</p>
          )}
          <StatusBar
            name={name}
            blocks={data.timeline.services[0]?.timeline ?? []}
            range={data.range}
            fromMs={Date.parse(data.series.from)}
            toMs={Date.parse(data.series.to)}
          />
        </div>
      )}
    </section>
  );
}
