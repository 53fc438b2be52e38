// The last lines of a service's log. It follows what is written until one scrolls up to read; searching marks, copying and downloading take all.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { getLogs } from '../api/client';
import { t } from '../strings';
import { CopyButton } from '../ui/copy';
import { Dialog } from '../ui/dialog';
import { At } from '../ui/time';
import { useFollow } from './follow';

const LINES = [100, 500, 1000] as const;
/** While following without a stream, milliseconds between two questions. */
const FOLLOW_MS = 3000;
/** So near to the end one is at the end, CSS pixels. */
const END_PX = 24;

function Marked({ line, find }: { line: string; find: string }) {
  if (!find) return line || ' ';
  const pieces: { text: string; hit: boolean }[] = [];
  const lower = line.toLowerCase();
  let at = 0;
  for (let hit = lower.indexOf(find); hit >= 0; hit = lower.indexOf(find, at)) {
    pieces.push({ text: line.slice(at, hit), hit: false }, { text: line.slice(hit, hit + find.length), hit: true });
    at = hit + find.length;
  }
  pieces.push({ text: line.slice(at), hit: false });
  // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place
  return pieces.map(({ text, hit }, i) => (hit ? <mark key={i}>{text}</mark> : text));
}

function download(name: string, text: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  link.download = `${name}.log`;
  link.click();
  URL.revokeObjectURL(link.href);
}

export function Logs({ name, title, onClose }: { name: string; title: string; onClose: () => void }) {
  const [count, setCount] = useState<number>(LINES[0]);
  const [following, setFollowing] = useState(true);
  const [text, setText] = useState('');
  const lines = useRef<HTMLDivElement>(null);
  const { state, wrong } = useFollow(name, count, following);
  const { data, error, isFetching } = useQuery({
    queryKey: ['logs', name, count],
    queryFn: ({ signal }) => getLogs(name, count, signal),
    enabled: !following || state === 'none',
    // Who has scrolled up reads what stands there: it is not asked for again, which would take away lines above.
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: following ? FOLLOW_MS : false,
    placeholderData: (before) => before,
  });
  const find = text.trim().toLowerCase();
  const found = useMemo(
    () => (find ? (data?.lines.filter((line) => line.toLowerCase().includes(find)).length ?? 0) : 0),
    [data, find],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what scrolls
  useLayoutEffect(() => {
    const element = lines.current;
    if (element && following) element.scrollTop = element.scrollHeight;
  }, [data, following]);

  useEffect(() => {
    if (find) lines.current?.querySelector('.found')?.scrollIntoView({ block: 'center' });
  }, [find]);

  function onScroll() {
    const element = lines.current;
    if (element) setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < END_PX);
  }

  const all = data?.lines.join('\n') ?? '';
  return (
    <Dialog kind="panel" lead={title} title={t.logs.title} onClose={onClose}>
      <div className="logs">
        <div className="logs-tools">
          <label className="field-inline">
            <span className="sr-only">{t.logs.find}</span>
            <input
              type="search"
              className="input"
              placeholder={t.logs.find}
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                setFollowing(false);
              }}
            />
          </label>
          <span className="quiet" role="status">
            {find && t.logs.found(found)}
          </span>
          <select
            className="select"
            aria-label={t.logs.count}
            value={count}
            onChange={(event) => setCount(Number(event.target.value))}
          >
            {LINES.map((n) => (
              <option key={n} value={n}>
                {t.logs.lines(n)}
              </option>
            ))}
          </select>
          <label className="check">
            <input type="checkbox" checked={following} onChange={(event) => setFollowing(event.target.checked)} />
            {t.logs.follow}
          </label>
          <CopyButton text={all} label={t.logs.copy} />
          <button type="button" className="button" onClick={() => download(name, all)}>
            {t.logs.download}
          </button>
        </div>
        {(wrong || error) && <p className="notice notice-bad">{wrong ?? error?.message}</p>}
        <div
          ref={lines}
          className="logs-lines"
          role="log"
          aria-label={t.logs.title}
          aria-live="off"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys scroll what has the focus
          tabIndex={0}
          onScroll={onScroll}
        >
          {data?.lines.map((line, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
            <div key={i} className={find && line.toLowerCase().includes(find) ? 'found' : undefined}>
              <Marked line={line} find={find} />
            </div>
          ))}
          {data?.lines.length === 0 && <div className="quiet">{t.logs.none}</div>}
        </div>
        <p className="quiet">
          {data ? (
            <>
              {t.logs.taken} <At at={data.taken_at} seconds />
            </>
          ) : (
            (isFetching || state === 'opening') && t.loading
          )}
        </p>
      </div>
    </Dialog>
  );
}
