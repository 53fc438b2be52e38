// How a percentage came about: the seconds that it is made of, and the sum.
import './arithmetic.css';
import type { ServiceUptime, UptimeSeconds } from '../api/types';
import { t } from '../strings';
import { Dialog } from '../ui/dialog';
import { exactDuration, number, percent } from '../ui/format';
import { RANGES, type Range } from './data';

const KINDS = ['healthy', 'degraded', 'down'] as const;

/** "(601 200 + 0.5 × 3 600) / 604 800", in seconds. */
function sumOf({ healthy, degraded, down, weight }: UptimeSeconds): string {
  const n = (value: number) => Math.round(value).toLocaleString(t.locale);
  return `(${n(healthy)} + ${number(weight)} × ${n(degraded)}) / ${n(healthy + degraded + down)}`;
}

export function Arithmetic({
  uptime,
  title,
  range,
  onClose,
}: {
  uptime: ServiceUptime;
  title: string;
  range: Range;
  onClose: () => void;
}) {
  const ranges = Object.keys(RANGES) as Range[];
  const chosen = uptime.seconds[range];
  return (
    <Dialog wide title={t.timeline.arithmeticOf(title)} onClose={onClose}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t.timeline.range}</th>
            {KINDS.map((kind) => (
              <th key={kind} scope="col" className="right">
                {t.status[kind]}
              </th>
            ))}
            <th scope="col" className="right">
              {t.timeline.unknown}
            </th>
            <th scope="col" className="right">
              {t.timeline.uptime}
            </th>
          </tr>
        </thead>
        <tbody>
          {ranges.map((one) => {
            const seconds = uptime.seconds[one];
            const value = uptime[`uptime_${one}`];
            return (
              <tr key={one} className={one === range ? 'chosen' : undefined}>
                <th scope="row">{t.timeline.ranges[one]}</th>
                {KINDS.map((kind) => (
                  <td key={kind} className="right" data-label={t.status[kind]}>
                    {seconds ? exactDuration(seconds[kind]) : t.nothing}
                  </td>
                ))}
                <td className="right quiet" data-label={t.timeline.unknown}>
                  {seconds ? exactDuration(seconds.unknown) : t.nothing}
                </td>
                <td className="right" data-label={t.timeline.uptime}>
                  <b>{value === null ? t.nothing : percent(value)}</b>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {chosen && chosen.healthy + chosen.degraded + chosen.down > 0 && (
        <p className="arithmetic">
          {sumOf(chosen)} = <b>{percent(uptime[`uptime_${range}`] ?? 0)}</b>
        </p>
      )}
      <p className="quiet">{t.timeline.arithmeticNote(number(chosen?.weight ?? 0.5))}</p>
    </Dialog>
  );
}
