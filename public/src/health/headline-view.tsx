// The answer, large: a signal, a sentence, and whether the gate is open. How it looks; it keeps nothing.
import { t } from '../strings';
import { pageHref } from '../ui/address';
import { SignalHead } from '../ui/lamp';
import type { Headline } from './headline';

/** `children`: the gate's line, where it is known. */
export function HeadlineView({ light, sentence, note, children }: Headline & { children: React.ReactNode }) {
  return (
    <section className={`headline headline-${light}`} aria-labelledby="headline">
      <SignalHead light={light} />
      <div className="headline-text">
        <h1 id="headline">{sentence}</h1>
        {note && <p className="headline-note">{note}</p>}
        {children}
      </div>
    </section>
  );
}

/** `ready`: null when it is not known. `holders`: what holds it, in people's words. */
export function GateLine({ ready, holders }: { ready: boolean | null; holders: string[] }) {
  if (ready === null) return <p className="gate gate-unknown">{t.gate.unknown}</p>;
  return (
    <p className={ready ? 'gate gate-open' : 'gate gate-closed'}>
      <svg viewBox="0 0 28 20" aria-hidden="true" focusable="false">
        <path className="post" d="M6 2v16" />
        <path className="arm" d={ready ? 'M6 12 21 3' : 'M6 10h19'} />
      </svg>
      <span>
        <a href={pageHref('checklist')}>
          <strong>{ready ? t.gate.open : t.gate.closed}</strong>
        </a>{' '}
        {ready ? t.gate.openNote : t.gate.closedNote(holders)}
      </span>
    </p>
  );
}
