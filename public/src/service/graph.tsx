// Latency over time, drawn by uPlot: the median as a line, up to the 95th percentile as a band. What the pointer or the arrow keys are at is read out
// above it in words.
import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import type { Series } from '../api/types';
import { t } from '../strings';
import { dayAndTime, milliseconds } from '../ui/format';
import { theme } from '../ui/theme';
import { withHoles } from './series';

/** Room of the axis on the left, CSS pixels; the status bar below begins there too (panel.css). */
const AXIS = 54;
const HEIGHT = 190;
/** Half of what the longest text below a tick takes. */
const TICK_PX = 24;

function colours(element: HTMLElement) {
  const style = getComputedStyle(element);
  // light-dark() is resolved only where a property uses it.
  const probe = document.createElement('span');
  element.append(probe);
  const of = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const all = { line: of('--graph'), band: of('--graph-band'), grid: of('--line'), text: of('--quiet') };
  probe.remove();
  return { ...all, font: `12px ${style.fontFamily}` };
}

function makePlot(
  element: HTMLElement,
  series: Series,
  fromS: number,
  toS: number,
  onIndex: (index: number | null) => void,
) {
  const { line, band, grid, text, font } = colours(element);
  const axis = { stroke: text, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  return new uPlot(
    {
      width: Math.max(200, element.clientWidth),
      height: HEIGHT,
      padding: [8, 1, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 7, fill: line }, drag: { x: true, y: false } },
      scales: {
        x: {
          time: true,
          range: (_u, least, most) => (least === null || most - least > toS - fromS - 1 ? [fromS, toS] : [least, most]),
        },
        y: { range: (_u, _least, most) => [0, Math.max(1, most) * 1.12] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 26,
          space: 74,
          // A text in the middle of its tick has no room at the very end.
          values: (u, splits) =>
            splits.map((at) => (u.valToPos(at, 'x') > u.over.clientWidth - TICK_PX ? null : tick(at, toS - fromS))),
        },
        {
          ...axis,
          size: AXIS,
          space: 36,
          values: (_u, splits) => splits.map((ms) => milliseconds(ms)),
        },
      ],
      series: [
        {},
        { stroke: line, width: 1.75, points: { show: false }, spanGaps: false },
        { stroke: 'transparent', points: { show: false }, spanGaps: false },
        { show: false },
      ],
      bands: [{ series: [2, 1], fill: band }],
      hooks: { setCursor: [(u) => onIndex(u.cursor.idx ?? null)] },
    },
    withHoles(series),
    element,
  );
}

const clock = (at: number, options: Intl.DateTimeFormatOptions) =>
  new Date(at * 1000).toLocaleString(t.locale, { hourCycle: 'h23', ...options });

function tick(at: number, span: number): string {
  const midnight = new Date(at * 1000).getHours() === 0 && new Date(at * 1000).getMinutes() === 0;
  return span <= 2 * 86_400 && !midnight
    ? clock(at, { hour: '2-digit', minute: '2-digit' })
    : clock(at, { day: 'numeric', month: 'short' });
}

/** What one bucket says, in words. */
function Readout({ series, index }: { series: Series; index: number | null }) {
  const columns = withHoles(series);
  const at = index === null ? undefined : columns[0][index];
  if (at === undefined || index === null) return <p className="graph-readout quiet">{t.graph.hint}</p>;
  const say = (value: number | null | undefined) =>
    value === null || value === undefined ? t.nothing : milliseconds(value);
  const i = series.at.indexOf(at);
  const counts = (['down', 'degraded', 'healthy'] as const)
    .filter((status) => (series[status][i] ?? 0) > 0)
    .map((status) => `${series[status][i]} × ${t.status[status].toLowerCase()}`);
  return (
    <p className="graph-readout" aria-live="polite">
      <b>{dayAndTime(at * 1000)}</b> {t.graph.median} {say(columns[1][index])}, {t.graph.p95} {say(columns[2][index])},{' '}
      {t.graph.most} {say(columns[3][index])}
      {counts.length > 0 && <span className="quiet"> · {counts.join(', ')}</span>}
    </p>
  );
}

export function LatencyGraph({ series }: { series: Series }) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [index, setIndex] = useState<number | null>(null);
  const chosen = theme.use();
  const [scheme, setScheme] = useState(0);
  const data = useRef(series);
  data.current = series;
  // A new answer of the same range moves the data, not the graph.
  const fromS = Date.parse(series.from) / 1000;
  const toS = Date.parse(series.to) / 1000;
  const step = series.step_seconds;
  const days = Math.round((toS - fromS) / 86_400);

  useEffect(() => {
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const onChange = () => setScheme((n) => n + 1);
    dark.addEventListener('change', onChange);
    return () => dark.removeEventListener('change', onChange);
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: theme, scheme, step and range mean a new drawing; the data alone does not
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const now = data.current;
    const made = makePlot(element, now, Date.parse(now.from) / 1000, Date.parse(now.to) / 1000, setIndex);
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: Math.max(200, element.clientWidth), height: HEIGHT }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [chosen, scheme, step, days]);

  useEffect(() => {
    plot.current?.setData(withHoles(series));
  }, [series]);

  function onKey(event: React.KeyboardEvent) {
    const u = plot.current;
    const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    const at = u?.data[0];
    if (!u || !at || by === 0 || at.length === 0) return;
    event.preventDefault();
    const next = Math.min(at.length - 1, Math.max(0, (index ?? at.length) + by));
    u.setCursor({ left: u.valToPos(at[next] ?? 0, 'x'), top: 10 });
  }

  const known = series.median_ms.filter((ms) => ms !== null);
  const label = t.graph.label(milliseconds(Math.min(...known)), milliseconds(Math.max(...known)));
  return (
    <figure className="graph">
      <Readout series={series} index={index} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys walk through the points */}
      <div ref={host} className="graph-host" role="img" aria-label={label} tabIndex={0} onKeyDown={onKey} />
    </figure>
  );
}
