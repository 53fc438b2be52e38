// One service's past as a lane. Blocks that are not healthy are links to what happened; the arrow keys go from one to the next.
import { type KeyboardEvent, memo } from 'react';
import type { ServiceUptime } from '../api/types';
import type { Light } from '../health/light';
import { type Segment, segmentsOf } from '../service/segments';
import { t } from '../strings';
import { incidentHref, serviceHref } from '../ui/address';
import { dayAndTime, percent, secondsBetween, shortDuration } from '../ui/format';
import { LampIcon } from '../ui/lamp';
import type { Range } from './data';
import type { View } from './view';

export interface LaneProps {
  uptime: ServiceUptime;
  title: string;
  light: Light;
  range: Range;
  fromMs: number;
  toMs: number;
  /** Where the past ends: now, as the answer has it. */
  nowMs: number;
  onArithmetic: (name: string) => void;
}

/** What a block says when it is pointed at. */
export function describe(segment: Segment): string {
  const length = shortDuration(secondsBetween(segment.fromMs, segment.toMs));
  return `${t.status[segment.light]}, ${dayAndTime(segment.fromMs)}, ${length}`;
}

function walk(event: KeyboardEvent<HTMLElement>) {
  const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
  if (by === 0) return;
  const links = [...event.currentTarget.querySelectorAll('a')];
  const next = links[links.indexOf(document.activeElement as HTMLAnchorElement) + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function Block({ segment, view, name, tabbable }: { segment: Segment; view: View; name: string; tabbable: boolean }) {
  const whole = view.toMs - view.fromMs;
  const style = {
    // What began a moment ago is seen too, at the end.
    left: `min(${(100 * (segment.fromMs - view.fromMs)) / whole}%, 100% - var(--least, 1px))`,
    width: `${(100 * (segment.toMs - segment.fromMs)) / whole}%`,
  };
  const className = `block block-${segment.light}`;
  if (segment.light === 'healthy' || segment.light === 'no-data' || segment.id === undefined)
    return (
      <span className={className} style={style} title={segment.light === 'no-data' ? describe(segment) : undefined} />
    );
  return (
    <a
      className={className}
      style={style}
      href={incidentHref(segment.id, { service: name })}
      title={describe(segment)}
      tabIndex={tabbable ? 0 : -1}
    >
      <span className="sr-only">{describe(segment)}</span>
    </a>
  );
}

export const Lane = memo(function Lane(props: LaneProps) {
  const { uptime, title, light, range, fromMs, toMs, nowMs, onArithmetic } = props;
  const name = uptime.service_name;
  const view = { fromMs, toMs };
  const segments = segmentsOf(uptime.timeline, fromMs, Math.min(toMs, nowMs));
  const newest = [...segments].reverse().find((one) => one.id !== undefined && one.light !== 'healthy');
  const value = uptime[`uptime_${range}`];
  return (
    <div className="lane">
      <a className="lane-name" href={serviceHref(name)}>
        <LampIcon light={light} />
        <span>{title}</span>
        <span className="sr-only">: {t.status[light]}</span>
      </a>
      <fieldset className="lane-bar" aria-label={t.timeline.laneLabel(title)} onKeyDown={walk}>
        {segments.map((segment) => (
          <Block key={segment.fromMs} segment={segment} view={view} name={name} tabbable={segment === newest} />
        ))}
      </fieldset>
      <button
        type="button"
        className="lane-percent"
        title={t.timeline.showArithmetic}
        aria-label={`${title}: ${value === null ? t.nothing : percent(value)}. ${t.timeline.showArithmetic}`}
        onClick={() => onArithmetic(name)}
      >
        {value === null ? t.nothing : percent(value)}
      </button>
    </div>
  );
});
