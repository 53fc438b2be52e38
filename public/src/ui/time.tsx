// Times that count by themselves, with UTC on hover.
import { t } from '../strings';
import { useNow } from './clock';
import { secondsBetween, shortDuration, timeOfDay, utc } from './format';

/** "12 s ago" */
export function Ago({ at }: { at: string | null }) {
  const ms = at ? Date.parse(at) : 0;
  const text = useNow((nowMs) => {
    const seconds = secondsBetween(ms, nowMs);
    return seconds < 1 ? t.justNow : t.ago(shortDuration(seconds));
  });
  return at ? (
    <time dateTime={at} title={utc(ms)}>
      {text}
    </time>
  ) : (
    t.nothing
  );
}

/** "3 d 4 h" since then. */
export function For({ since }: { since: string | null }) {
  const ms = since ? Date.parse(since) : 0;
  const text = useNow((nowMs) => shortDuration(secondsBetween(ms, nowMs)));
  return since ? (
    <time dateTime={since} title={utc(ms)}>
      {text}
    </time>
  ) : (
    t.nothing
  );
}

/** The local time of day, with the date where it is not today's. */
export function At({ at, seconds = false }: { at: string | null; seconds?: boolean }) {
  const ms = at ? Date.parse(at) : 0;
  const text = useNow((nowMs) => timeOfDay(ms, nowMs, seconds));
  return at ? (
    <time dateTime={at} title={utc(ms)}>
      {text}
    </time>
  ) : (
    t.nothing
  );
}
