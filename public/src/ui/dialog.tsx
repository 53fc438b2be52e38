// A dialog: the browser's own, which keeps the focus within, closes on Escape and gives the focus back by itself. It needs no inline styles, which
// the content security policy forbids and the usual libraries' scroll locks insert.
import './dialog.css';
import { type MouseEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { t } from '../strings';
import { CloseIcon } from './icons';

interface Props {
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
  /** panel: the whole height, at the side. */
  kind?: 'box' | 'panel';
  wide?: boolean;
  /** Between title and close button. */
  aside?: ReactNode;
  /** Above the title. */
  lead?: ReactNode;
}

export function Dialog({ title, onClose, children, kind = 'box', wide = false, aside, lead }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();

  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);

  function closeOnBackdrop(event: MouseEvent) {
    if (event.target === dialog.current) dialog.current?.close();
  }

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the click is for the backdrop; Escape closes a dialog by itself
    <dialog
      ref={dialog}
      className={`dialog dialog-${kind}${wide ? ' dialog-wide' : ''}`}
      aria-labelledby={id}
      onClick={closeOnBackdrop}
      onClose={(event) => {
        // Also fired for the pieces within that open and close.
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className="dialog-sheet">
        <header className="dialog-head">
          <div>
            {lead && <p className="quiet">{lead}</p>}
            <h2 id={id}>{title}</h2>
          </div>
          {aside}
          <button
            type="button"
            className="icon-button"
            aria-label={t.close}
            title={t.close}
            onClick={() => dialog.current?.close()}
          >
            <CloseIcon />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
