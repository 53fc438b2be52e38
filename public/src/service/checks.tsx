// The runs of the last 24 hours, newest first, each with its own verdict.
import './panel.css';
import type { Check } from '../api/types';
import { t } from '../strings';
import { milliseconds } from '../ui/format';
import { Lamp } from '../ui/lamp';
import { At } from '../ui/time';

interface Props {
  checks: readonly Pick<Check, 'id' | 'status' | 'latency_ms' | 'error_message' | 'checked_at'>[];
  title?: string;
  more: boolean;
  loading: boolean;
  onMore: () => void;
}

export function Checks({ checks, title = t.detail.checks, more, loading, onMore }: Props) {
  return (
    <section className="panel-section" aria-labelledby="checks-title">
      <h3 id="checks-title">{title}</h3>
      {checks.length === 0 ? (
        <p className="quiet">{t.detail.noChecks}</p>
      ) : (
        <table className="checks">
          <thead>
            <tr>
              <th scope="col">{t.detail.time}</th>
              <th scope="col">{t.detail.result}</th>
              <th scope="col" className="right">
                {t.detail.latency}
              </th>
              <th scope="col">{t.detail.message}</th>
            </tr>
          </thead>
          <tbody>
            {checks.map((check) => (
              <tr key={`${check.checked_at} ${check.id}`}>
                <td>
                  <At at={check.checked_at} seconds />
                </td>
                <td>
                  <Lamp light={check.status} />
                </td>
                <td className="right">{check.latency_ms === null ? t.nothing : milliseconds(check.latency_ms)}</td>
                <td className="message">{check.error_message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {more && (
        <button type="button" className="button" onClick={onMore} disabled={loading}>
          {loading ? t.detail.loadingOlder : t.detail.older}
        </button>
      )}
    </section>
  );
}
