// How a service is checked: what its file declares.
import type { ReactNode } from 'react';
import type { Parent, ServiceDetail } from '../api/types';
import { lightOf } from '../health/light';
import { t } from '../strings';
import { serviceHref } from '../ui/address';
import { milliseconds, shortDuration } from '../ui/format';
import { Lamp } from '../ui/lamp';
import { Ago, At } from '../ui/time';

function duration(ms: number): string {
  return ms % 1000 === 0 ? shortDuration(ms / 1000) : milliseconds(ms);
}

function Row({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** With the parent's state, where the scheduler tells it. */
function ParentLink({ name, parent }: { name: string; parent: Parent | undefined }) {
  return (
    <span className="parent">
      <a className="text-link" href={serviceHref(name)}>
        {parent?.title ?? name}
      </a>
      {parent && <Lamp light={parent.status ?? 'no-data'} />}
    </span>
  );
}

export function About({ detail, trusted }: { detail: ServiceDetail; trusted: boolean }) {
  const { every_ms, timeout_ms, rise, fall, depends_on, file } = detail;
  return (
    <section className="panel-section" aria-labelledby="about-title">
      <h3 id="about-title">{t.detail.about}</h3>
      <dl className="about">
        {detail.since && lightOf(detail, trusted) !== 'no-data' && (
          <Row term={t.detail.since}>
            <At at={detail.since} />
          </Row>
        )}
        {detail.up_since && (
          <Row term={t.detail.upSince}>
            <At at={detail.up_since} />
          </Row>
        )}
        <Row term={t.detail.lastCheck}>{detail.checked_at ? <Ago at={detail.checked_at} /> : t.never}</Row>
        {detail.next_check_at && (
          <Row term={t.detail.nextCheck}>
            <At at={detail.next_check_at} seconds />
          </Row>
        )}
        {every_ms && timeout_ms && (
          <Row term={t.detail.every}>{t.detail.everyText(duration(every_ms), duration(timeout_ms))}</Row>
        )}
        {rise && fall && <Row term={t.detail.confirm}>{t.detail.confirmText(fall, rise)}</Row>}
        {detail.critical && <Row term={t.detail.critical}>{t.detail.criticalText}</Row>}
        {depends_on && depends_on.length > 0 && (
          <Row term={t.detail.dependsOn}>
            {depends_on.map((name) => (
              <ParentLink key={name} name={name} parent={detail.parents?.find((one) => one.service_name === name)} />
            ))}
          </Row>
        )}
        {detail.skipped !== undefined && detail.skipped > 0 && (
          <Row term={t.detail.skipped}>{t.detail.skippedText(detail.skipped)}</Row>
        )}
        {file && (
          <Row term={t.detail.file}>
            <code>{file}</code>
          </Row>
        )}
      </dl>
    </section>
  );
}
