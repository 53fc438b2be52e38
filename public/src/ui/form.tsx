// A form in a dialog: what one types, what is wrong with it while one types, what the server said, and the two ways out.
import type { ReactNode } from 'react';
import { t } from '../strings';
import { Dialog } from './dialog';

/** A control with its name; what is wrong with it takes the note's place. */
export function Field({
  label,
  note,
  fault,
  children,
}: {
  label: ReactNode;
  note?: string | undefined;
  fault?: string | undefined;
  children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is what it is given
    <label className="field">
      <span>{label}</span>
      {children}
      {fault ? <span className="field-fault">{fault}</span> : note && <span className="field-note">{note}</span>}
    </label>
  );
}

interface Props {
  title: string;
  lead?: string;
  /** What the button says that does it. */
  submit: string;
  /** It cannot be taken back. */
  grave?: boolean;
  /** Nothing is wrong with what was typed. */
  ready: boolean;
  pending?: boolean;
  /** Why the server did not do it. */
  error?: string | null | undefined;
  /** Further buttons. */
  aside?: ReactNode;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function FormDialog(props: Props) {
  const {
    title,
    lead,
    submit,
    grave = false,
    ready,
    pending = false,
    error,
    aside,
    onSubmit,
    onClose,
    children,
  } = props;
  return (
    <Dialog title={title} lead={lead} onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready && !pending) onSubmit();
        }}
      >
        {children}
        {error && (
          <p className="notice notice-bad" role="alert">
            {error}
          </p>
        )}
        <p className="dialog-end">
          {aside}
          <button type="button" className="button" onClick={onClose}>
            {t.cancel}
          </button>
          <button type="submit" className={grave ? 'button danger' : 'button primary'} disabled={!ready || pending}>
            {submit}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
