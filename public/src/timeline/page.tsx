// The past of all services, one lane below the other on the same time, so that what happened together is seen to have happened together.
import './timeline.css';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useMemo, useRef, useState } from 'react';
import type { Overview, ServiceUptime } from '../api/types';
import { byTitle } from '../health/arrange';
import { type Light, lightOf } from '../health/light';
import { useOverview } from '../health/overview';
import { SearchBox } from '../shell/search-box';
import { t } from '../strings';
import { look, type Place } from '../ui/address';
import { Arithmetic } from './arithmetic';
import { Axis, useWidthOf } from './axis';
import { RANGES, type Range, readRange, useTimeline } from './data';
import { Lane } from './lane';
import { usePointing } from './pointing';
import { isWhole, move, readView, type View, writeView, zoom } from './view';

/** Up to so many lanes all are drawn. */
const DRAWN_MOST = 80;
const LANE_PX = 38;
/** More for the head of a group. */
const GROUP_PX = 38;

interface Known {
  uptime: ServiceUptime;
  title: string;
  group: string;
  light: Light;
}

function lanesOf(services: readonly ServiceUptime[], overview: Overview | undefined, trusted: boolean): Known[] {
  const cards = new Map(overview?.services.map((card) => [card.service_name, card]));
  return services
    .map((uptime) => {
      const card = cards.get(uptime.service_name);
      return {
        uptime,
        title: card?.title ?? uptime.service_name,
        group: card?.group ?? '',
        light: card ? lightOf(card, trusted) : ('no-data' as const),
      };
    })
    .sort((a, b) => Number(!a.group) - Number(!b.group) || byTitle(a.group, b.group) || byTitle(a.title, b.title));
}

/** Whether anything in that stretch was not healthy. */
function isDisturbed({ timeline }: ServiceUptime, view: View): boolean {
  return timeline.some(
    (block) =>
      block.status !== 'healthy' &&
      Date.parse(block.started_at) < view.toMs &&
      (block.ended_at === null || Date.parse(block.ended_at) > view.fromMs),
  );
}

interface LanesProps {
  lanes: readonly Known[];
  view: View;
  range: Range;
  nowMs: number;
  onArithmetic: (name: string) => void;
}

function LaneAt({ lane, range, view, nowMs, onArithmetic }: { lane: Known } & Omit<LanesProps, 'lanes'>) {
  return (
    <Lane
      uptime={lane.uptime}
      title={lane.title}
      light={lane.light}
      range={range}
      fromMs={view.fromMs}
      toMs={view.toMs}
      nowMs={nowMs}
      onArithmetic={onArithmetic}
    />
  );
}

function LaneGroup({ group }: { group: string }) {
  return <h2 className="lane-group">{group || t.grid.other}</h2>;
}

/** A head before the first lane of each group. */
function isFirst(lanes: readonly Known[], i: number): boolean {
  return lanes[i]?.group !== lanes[i - 1]?.group;
}

function SomeLanes({ lanes, ...rest }: LanesProps) {
  const host = useRef<HTMLDivElement>(null);
  const top = host.current?.offsetTop ?? 0;
  const virtualizer = useWindowVirtualizer({
    count: lanes.length,
    estimateSize: (i) => LANE_PX + (isFirst(lanes, i) ? GROUP_PX : 0),
    overscan: 12,
    scrollMargin: top,
  });
  return (
    <div ref={host} className="rows" style={{ height: `${virtualizer.getTotalSize()}px` }}>
      {virtualizer.getVirtualItems().map((item) => {
        const lane = lanes[item.index];
        return (
          lane && (
            <div
              key={lane.uptime.service_name}
              className="row"
              data-index={item.index}
              ref={virtualizer.measureElement}
              style={{ transform: `translateY(${item.start - top}px)` }}
            >
              {isFirst(lanes, item.index) && <LaneGroup group={lane.group} />}
              <LaneAt lane={lane} {...rest} />
            </div>
          )
        );
      })}
    </div>
  );
}

function Lanes(props: LanesProps) {
  if (props.lanes.length > DRAWN_MOST) return <SomeLanes {...props} />;
  const { lanes, ...rest } = props;
  return lanes.map((lane, i) => (
    <div key={lane.uptime.service_name}>
      {isFirst(lanes, i) && <LaneGroup group={lane.group} />}
      <LaneAt lane={lane} {...rest} />
    </div>
  ));
}

function ZoomButtons({ view, whole, onView }: { view: View; whole: View; onView: (view: View) => void }) {
  const all = isWhole(view, whole);
  return (
    <fieldset className="choices zoom">
      <legend className="sr-only">{t.timeline.zoom}</legend>
      <button
        type="button"
        aria-label={t.timeline.earlier}
        title={t.timeline.earlier}
        disabled={view.fromMs <= whole.fromMs}
        onClick={() => onView(move(view, whole, -0.5))}
      >
        ‹
      </button>
      <button
        type="button"
        aria-label={t.timeline.zoomOut}
        title={t.timeline.zoomOut}
        disabled={all}
        onClick={() => onView(zoom(view, whole, 2, 0.5))}
      >
        −
      </button>
      <button
        type="button"
        aria-label={t.timeline.zoomIn}
        title={t.timeline.zoomIn}
        onClick={() => onView(zoom(view, whole, 0.5, 0.5))}
      >
        +
      </button>
      <button
        type="button"
        aria-label={t.timeline.later}
        title={t.timeline.later}
        disabled={view.toMs >= whole.toMs}
        onClick={() => onView(move(view, whole, 0.5))}
      >
        ›
      </button>
      <button type="button" disabled={all} onClick={() => onView(whole)}>
        {t.timeline.all}
      </button>
    </fieldset>
  );
}

function Chart({
  services,
  range,
  whole,
  place,
}: {
  services: ServiceUptime[];
  range: Range;
  whole: View;
  place: Place;
}) {
  const { overview, trusted } = useOverview();
  const [arithmetic, setArithmetic] = useState<string | null>(null);
  const chart = useRef<HTMLDivElement>(null);
  const axis = useRef<HTMLDivElement>(null);
  const width = useWidthOf(axis);
  const view = readView(place.query.get('at'), whole);
  const onView = useCallback((next: View) => look({ at: writeView(next, whole) }), [whole]);
  usePointing({ chart, axis, view, whole, onView });
  const text = place.query.get('find') ?? '';
  const disturbed = place.query.get('only') === 'disturbed';
  const all = useMemo(() => lanesOf(services, overview, trusted), [services, overview, trusted]);
  const lanes = all.filter(
    (lane) =>
      (!text ||
        `${lane.title}\n${lane.uptime.service_name}\n${lane.group}`.toLowerCase().includes(text.toLowerCase())) &&
      (!disturbed || isDisturbed(lane.uptime, view)),
  );
  const opened = all.find((lane) => lane.uptime.service_name === arithmetic);
  return (
    <>
      <div className="timeline-tools">
        <SearchBox text={text} onText={(find) => look({ find: find || null })} />
        <label className="check">
          <input
            type="checkbox"
            checked={disturbed}
            onChange={(event) => look({ only: event.target.checked ? 'disturbed' : null })}
          />
          {t.timeline.onlyDisturbed}
        </label>
        <ZoomButtons view={view} whole={whole} onView={onView} />
      </div>
      <div ref={chart} className="chart">
        <div className="chart-head">
          <Axis ref={axis} view={view} width={width} />
        </div>
        <Lanes lanes={lanes} view={view} range={range} nowMs={whole.toMs} onArithmetic={setArithmetic} />
        {lanes.length === 0 && <p className="none-found">{t.timeline.none}</p>}
      </div>
      <Legend />
      {opened && (
        <Arithmetic uptime={opened.uptime} title={opened.title} range={range} onClose={() => setArithmetic(null)} />
      )}
    </>
  );
}

function Legend() {
  return (
    <ul className="legend">
      {(['healthy', 'degraded', 'down', 'no-data'] as const).map((light) => (
        <li key={light}>
          <span className="legend-bar">
            <span className={`block block-${light}`} />
          </span>
          {t.status[light]}
        </li>
      ))}
      <li className="quiet">{t.timeline.hint}</li>
    </ul>
  );
}

export default function TimelinePage({ place }: { place: Place }) {
  const range = readRange(place.query.get('range'));
  const { data, error, isPlaceholderData } = useTimeline(range);
  const whole = useMemo<View | null>(
    () => (data && { fromMs: Date.parse(data.answer.from), toMs: Date.parse(data.answer.to) }) || null,
    [data],
  );
  return (
    <>
      <header className="page-head">
        <div>
          <h1>{t.timeline.title}</h1>
          <p className="quiet">{t.timeline.lead}</p>
        </div>
        <fieldset className="choices">
          <legend className="sr-only">{t.timeline.range}</legend>
          {(Object.keys(RANGES) as Range[]).map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === range}
              onClick={() => look({ range: one === '7d' ? null : one, at: null })}
            >
              {t.timeline.shortRanges[one]}
            </button>
          ))}
        </fieldset>
      </header>
      {error && <p className="notice notice-bad">{t.tryingAgain(error.message)}</p>}
      {!data && !error && <p className="page-waiting quiet">{t.loading}</p>}
      {data && whole && (
        <div className={isPlaceholderData ? 'history history-old' : 'history'}>
          <Chart services={data.answer.services} range={data.range} whole={whole} place={place} />
        </div>
      )}
    </>
  );
}
