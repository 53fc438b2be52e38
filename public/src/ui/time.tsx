// Times that count by themselves, with UTC on hover.
import { t } from '../strings';
import { useNow } from './clock';
import { secondsBetween, shortDuration, timeOfDay, utc } from './format';

/** What each says of a moment, and how that reads at another one. Pure. */
export const words = {
  ago(ms: number, nowMs: number): string {
    const seconds = secondsBetween(ms, nowMs);
    return seconds < 1 ? t.justNow : t.ago(shortDuration(seconds));
  },
  since: (ms: number, nowMs: number): string => shortDuration(secondsBetween(ms, nowMs)),
  at: (ms: number, nowMs: number, seconds: boolean): string => timeOfDay(ms, nowMs, seconds),
};

const msOf = (at: string | null) => (at ? Date.parse(at) : 0);

/** A moment and its words. */
export function Stamp({ at, text }: { at: string | null; text: string }) {
  return at ? (
    <time dateTime={at} title={utc(msOf(at))}>
      {text}
    </time>
  ) : (
    t.nothing
  );
}

/** "12 s ago" */
export function Ago({ at }: { at: string | null }) {
  const text = useNow((nowMs) => words.ago(msOf(at), nowMs));
  return <Stamp at={at} text={text} />;
}

/** "3 d 4 h" since then. */
export function For({ since }: { since: string | null }) {
  const text = useNow((nowMs) => words.since(msOf(since), nowMs));
  return <Stamp at={since} text={text} />;
}

/** The local time of day, with the date where it is not today's. */
export function At({ at, seconds = false }: { at: string | null; seconds?: boolean }) {
  const text = useNow((nowMs) => words.at(msOf(at), nowMs, seconds));
  return <Stamp at={at} text={text} />;
}
