// What the last run measured, each against its limits.
import type { Limits, Measure, ServiceDetail } from '../api/types';
import { t } from '../strings';
import { number } from '../ui/format';
import { At } from '../ui/time';
import { type Limit, marginOf, readLimits, readName, scaleOf, worstMet } from './limits';

/** Measures that are points in time, seconds since 1970 or RFC 3339. */
const STAMPS = /(_since|_at)$/;

function stampOf(name: string, measure: Measure): string | null {
  if (!STAMPS.test(name) || typeof measure === 'boolean') return null;
  const ms = typeof measure === 'number' ? measure * 1000 : Date.parse(measure);
  return Number.isNaN(ms) || Math.abs(ms) > 8.64e15 ? null : new Date(ms).toISOString();
}

function Value({ name, measure, unit }: { name: string; measure: Measure; unit: string }) {
  const stamp = stampOf(name, measure);
  if (stamp) return <At at={stamp} />;
  if (typeof measure === 'boolean') return measure ? t.detail.yes : t.detail.no;
  if (typeof measure === 'string') return measure || t.nothing;
  return `${number(measure)}${unit && ` ${unit}`}`;
}

function Gauge({ measure, limits }: { measure: Measure; limits: readonly Limit[] }) {
  const scale = scaleOf(measure, limits);
  if (!scale) return null;
  return (
    <svg
      className={`gauge gauge-${worstMet(limits)?.light ?? 'healthy'}`}
      viewBox="0 0 200 10"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect className="gauge-track" x="0" y="3" width="200" height="4" rx="2" />
      <rect className="gauge-value" x="0" y="3" width={Math.max(2, 200 * scale.value)} height="4" rx="2" />
      {scale.marks.map((mark) => (
        <rect
          key={mark.light}
          className={`gauge-mark gauge-mark-${mark.light}`}
          x={200 * mark.at - 1}
          y="0"
          width="2"
          height="10"
        />
      ))}
    </svg>
  );
}

/** One limit, and how far it is to it. */
function Against({ measure, limit, unit }: { measure: Measure; limit: Limit; unit: string }) {
  const word = t.status[limit.light];
  const margin = marginOf(measure, limit);
  const unitText = unit && ` ${unit}`;
  return (
    <p className="quiet">
      <span>
        {limit.met ? (
          <strong>{t.detail.over(word)}</strong>
        ) : (
          margin !== null && t.detail.margin(`${number(margin)}${unitText}`, word)
        )}
      </span>
      <span>{`${limit.comparison}${limit.bound === null ? '' : unitText}`}</span>
    </p>
  );
}

function Row({ name, measure, own }: { name: string; measure: Measure; own: Limits | undefined }) {
  const limits = readLimits(measure, own);
  const { label, unit } = readName(name);
  const met = worstMet(limits);
  return (
    <li className={met ? `measure measure-${met.light}` : 'measure'}>
      <span className="measure-name" title={name}>
        {label}
      </span>
      <span className="measure-value">
        <Value name={name} measure={measure} unit={unit} />
      </span>
      {limits.length > 0 && (
        <div className="measure-limits">
          <Gauge measure={measure} limits={limits} />
          {[...limits].reverse().map((limit) => (
            <Against key={limit.light} measure={measure} limit={limit} unit={unit} />
          ))}
        </div>
      )}
    </li>
  );
}

export function Measures({ measures, limits }: Pick<ServiceDetail, 'measures' | 'limits'>) {
  const rows = Object.entries(measures ?? {});
  // What has a limit decides, so it is read first.
  const decides = (name: string) => (limits?.[name] ? 0 : 1);
  rows.sort(([a], [b]) => decides(a) - decides(b));
  return (
    <section className="panel-section" aria-labelledby="measures-title">
      <h3 id="measures-title">{t.detail.measures}</h3>
      {rows.length === 0 ? (
        <p className="quiet">{t.detail.noMeasures}</p>
      ) : (
        <ul className="measures">
          {rows.map(([name, measure]) => (
            <Row key={name} name={name} measure={measure} own={limits?.[name]} />
          ))}
        </ul>
      )}
    </section>
  );
}
