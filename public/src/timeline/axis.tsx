// The time above the lanes.
import { type RefObject, useLayoutEffect, useState } from 'react';
import { t } from '../strings';
import { dayOf, timeOfDay, utc } from '../ui/format';
import { marksOf, type View } from './view';

/** Room of one mark, CSS pixels. */
const MARK_PX = 92;
/** So near to the right end there is no room for a mark's text, CSS pixels. */
const TEXT_PX = 84;

export function useWidthOf(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (!element.current) return;
    setWidth(element.current.clientWidth);
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

export function Axis({ ref, view, width }: { ref: RefObject<HTMLDivElement | null>; view: View; width: number }) {
  const marks = width > 0 ? marksOf(view, Math.max(2, Math.floor(width / MARK_PX))) : [];
  const whole = view.toMs - view.fromMs;
  return (
    <div ref={ref} className="axis" role="img" aria-label={t.timeline.axisLabel(dayOf(view.fromMs), dayOf(view.toMs))}>
      {marks.map(({ ms, isDay }) => (
        <span
          key={ms}
          className={isDay ? 'mark mark-day' : 'mark'}
          style={{ left: `${(100 * (ms - view.fromMs)) / whole}%` }}
          title={utc(ms)}
        >
          {((view.toMs - ms) / whole) * width < TEXT_PX ? '' : isDay ? dayOf(ms) : timeOfDay(ms, ms)}
        </span>
      ))}
    </div>
  );
}
