// One service in full, in a sheet beside the grid: the browser's own modal dialog, which keeps and gives back the focus by itself.
import './panel.css';
import { type MouseEvent, useEffect, useRef } from 'react';
import { Failure } from '../api/client';
import type { ServiceDetail } from '../api/types';
import { lightOf } from '../health/light';
import { reasonOf } from '../health/reason';
import { Remarks } from '../health/remarks';
import { t } from '../strings';
import { leaveService } from '../ui/address';
import { CloseIcon } from '../ui/icons';
import { Lamp } from '../ui/lamp';
import { About } from './about';
import { Checks } from './checks';
import { DayBar } from './day-bar';
import { useServiceDetail } from './detail';
import { Measures } from './measures';

function Body({
  detail,
  state,
  trusted,
}: {
  detail: ServiceDetail;
  state: ReturnType<typeof useServiceDetail>;
  trusted: boolean;
}) {
  const reason = reasonOf(detail, trusted);
  return (
    <>
      {reason && <p className={`panel-reason panel-reason-${lightOf(detail, trusted)}`}>{reason}</p>}
      <Remarks service={detail} />
      {!detail.history_available && <p className="notice">{t.detail.noHistory}</p>}
      {detail.history_available && <DayBar windows={detail.windows} uptime={detail.uptime} />}
      <Measures measures={detail.measures} limits={detail.limits} />
      {detail.history_available && (
        <Checks
          checks={state.checks}
          more={state.query.hasNextPage}
          loading={state.query.isFetchingNextPage}
          onMore={() => void state.query.fetchNextPage()}
        />
      )}
      <About detail={detail} trusted={trusted} />
    </>
  );
}

export function ServicePanel({ name, trusted }: { name: string; trusted: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const state = useServiceDetail(name);
  const { detail, query } = state;
  const { error } = query;
  const believed = trusted && !error;
  const missing = error instanceof Failure && error.status === 404;

  useEffect(() => {
    const element = dialog.current;
    if (!element?.open) element?.showModal();
    return () => element?.close();
  }, []);

  function closeOnBackdrop(event: MouseEvent) {
    if (event.target === dialog.current) dialog.current?.close();
  }

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click is for the backdrop; Escape closes a dialog by itself
    <dialog
      ref={dialog}
      className="panel"
      aria-labelledby="panel-title"
      onClick={closeOnBackdrop}
      onClose={(event) => {
        // Also fired for the pieces within that open and close.
        if (event.target === dialog.current) leaveService();
      }}
    >
      <div className="panel-sheet">
        <header className="panel-head">
          <div>
            <p className="quiet">{detail?.group ?? ''}</p>
            <h2 id="panel-title">{detail?.title ?? name}</h2>
          </div>
          {detail && <Lamp light={lightOf(detail, believed)} />}
          <button
            type="button"
            className="icon-button"
            aria-label={t.detail.close}
            title={t.detail.close}
            onClick={() => dialog.current?.close()}
          >
            <CloseIcon />
          </button>
        </header>
        {missing && <p className="notice notice-bad">{t.detail.missing(name)}</p>}
        {error && !missing && <p className="notice notice-bad">{t.detail.failed(error.message)}</p>}
        {!detail && !error && <p className="quiet">{t.detail.loading}</p>}
        {detail && !missing && <Body detail={detail} state={state} trusted={believed} />}
      </div>
    </dialog>
  );
}
