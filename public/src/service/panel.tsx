// One service in full, in a sheet over whatever page one was on.
import './panel.css';
import { useState } from 'react';
import { Failure } from '../api/client';
import { useIsAdmin } from '../api/role';
import type { ServiceDetail } from '../api/types';
import { lightOf } from '../health/light';
import { useOverview } from '../health/overview';
import { reasonOf } from '../health/reason';
import { Remarks } from '../health/remarks';
import { t } from '../strings';
import { Arithmetic } from '../timeline/arithmetic';
import { leave, look, type Place } from '../ui/address';
import { CopyButton } from '../ui/copy';
import { Dialog } from '../ui/dialog';
import { percent } from '../ui/format';
import { Lamp } from '../ui/lamp';
import { About } from './about';
import { Actions } from './actions';
import { Activity } from './activity';
import { Checks } from './checks';
import { useServiceDetail } from './detail';
import { History } from './history';
import { Logs } from './logs';
import { Measures } from './measures';
import { readRange, useHistory } from './series';

function curlOf(name: string): string {
  return `curl -u NAME ${location.origin}/admin/health/${encodeURIComponent(name)}`;
}

/** The percentages; each opens to show what it is made of. */
function Percents({ detail, place }: { detail: ServiceDetail; place: Place }) {
  const [opened, setOpened] = useState<'7d' | '30d' | null>(null);
  const { data } = useHistory(detail.service_name, readRange(place.query.get('range')), true);
  const uptime = data?.timeline.services[0];
  const words = { '7d': t.card.uptime7, '30d': t.card.uptime30 };
  return (
    <>
      <dl className="facts facts-uptime">
        {(['7d', '30d'] as const).map((range) => {
          const value = detail.uptime[range];
          return (
            <div key={range} className="fact">
              <dt>{words[range]}</dt>
              <dd>
                {value === null || !uptime ? (
                  value === null ? (
                    t.nothing
                  ) : (
                    percent(value)
                  )
                ) : (
                  <button
                    type="button"
                    className="opens"
                    title={t.timeline.showArithmetic}
                    aria-label={`${percent(value)}. ${t.timeline.showArithmetic}`}
                    onClick={() => setOpened(range)}
                  >
                    {percent(value)}
                  </button>
                )}
              </dd>
            </div>
          );
        })}
      </dl>
      {opened && uptime && (
        <Arithmetic uptime={uptime} title={detail.title} range={opened} onClose={() => setOpened(null)} />
      )}
    </>
  );
}

interface BodyProps {
  detail: ServiceDetail;
  state: ReturnType<typeof useServiceDetail>;
  trusted: boolean;
  place: Place;
}

function Body({ detail, state, trusted, place }: BodyProps) {
  const isAdmin = useIsAdmin();
  const reason = reasonOf(detail, trusted);
  const has = detail.history_available;
  return (
    <>
      {reason && <p className={`panel-reason panel-reason-${lightOf(detail, trusted)}`}>{reason}</p>}
      <Remarks service={detail} />
      <Actions detail={detail} />
      {has ? (
        <History name={detail.service_name} place={place} has={has} />
      ) : (
        <p className="notice">{t.detail.noHistory}</p>
      )}
      {has && <Percents detail={detail} place={place} />}
      <Measures measures={detail.measures} limits={detail.limits} />
      {has && (
        <Checks
          checks={state.checks}
          more={state.query.hasNextPage}
          loading={state.query.isFetchingNextPage}
          onMore={() => void state.query.fetchNextPage()}
        />
      )}
      {has && <Activity name={detail.service_name} />}
      <About detail={detail} trusted={trusted} />
      {isAdmin && detail.can?.logs && place.query.get('view') === 'logs' && (
        <Logs name={detail.service_name} title={detail.title} onClose={() => look({ view: null })} />
      )}
      <p className="panel-end">
        <CopyButton text={curlOf(detail.service_name)} label={t.detail.copyCurl} />
      </p>
    </>
  );
}

export default function ServicePanel({ name, place }: { name: string; place: Place }) {
  const { trusted } = useOverview();
  const state = useServiceDetail(name);
  const { detail, query } = state;
  const { error } = query;
  const believed = trusted && !error;
  const missing = error instanceof Failure && error.status === 404;
  return (
    <Dialog
      kind="panel"
      title={detail?.title ?? name}
      lead={detail?.group}
      aside={detail && <Lamp light={lightOf(detail, believed)} />}
      onClose={leave}
    >
      {missing && <p className="notice notice-bad">{t.detail.missing(name)}</p>}
      {error && !missing && <p className="notice notice-bad">{t.detail.failed(error.message)}</p>}
      {!detail && !error && <p className="quiet">{t.loading}</p>}
      {detail && !missing && <Body detail={detail} state={state} trusted={believed} place={place} />}
    </Dialog>
  );
}
