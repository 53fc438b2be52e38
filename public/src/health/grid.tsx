// The services: what needs attention first, then a section a group. Of many only the rows near the window are drawn.
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import {
  memo,
  type RefObject,
  useCallback,
  useDeferredValue,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { Overview } from '../api/types';
import { useKey } from '../shell/shortcuts';
import { t } from '../strings';
import type { Filter } from './arrange';
import { useOrder } from './reading';
import { RowOf, type Shared } from './row';
import { heightOf, isDense, type Row, rowsOf, rowWith } from './rows';
import { useSparklines } from './sparklines';

/** Up to so many all rows are drawn. */
const DRAWN_MOST = 60;
/** Rows drawn beyond the window's edges. */
const OVERSCAN = 6;

/** Before it is there it is as wide as that of the first picture, if there is one. */
function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(() => document.querySelector('.cards')?.clientWidth ?? 0);
  useLayoutEffect(() => {
    if (!element.current) return;
    setWidth(element.current.clientWidth);
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

/** Paper has no window: there everything is drawn. */
function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const before = () => setPrinting(true);
    const after = () => setPrinting(false);
    addEventListener('beforeprint', before);
    addEventListener('afterprint', after);
    return () => {
      removeEventListener('beforeprint', before);
      removeEventListener('afterprint', after);
    };
  }, []);
  return printing;
}

type ShowRow = (index: number) => void;

/** Only the rows near the window, each where it belongs. */
const SomeRows = memo(function SomeRows({
  rows,
  shared,
  top,
  showRow,
}: {
  rows: Row[];
  shared: Shared;
  top: number;
  showRow: RefObject<ShowRow>;
}) {
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (i) => (rows[i] ? heightOf(rows[i]) : 0),
    getItemKey: (i) => rows[i]?.key ?? i,
    overscan: OVERSCAN,
    scrollMargin: top,
    initialRect: { width: innerWidth, height: innerHeight },
  });
  showRow.current = (index) => virtualizer.scrollToIndex(index, { align: 'auto' });
  return (
    <div className="rows" ref={(element) => element?.style.setProperty('height', `${virtualizer.getTotalSize()}px`)}>
      {virtualizer.getVirtualItems().map((item) => {
        const row = rows[item.index];
        return (
          row && (
            <div
              key={item.key}
              className="row"
              data-index={item.index}
              ref={virtualizer.measureElement}
              style={{ transform: `translateY(${item.start - top}px)` }}
            >
              <RowOf row={row} shared={shared} />
            </div>
          )
        );
      })}
    </div>
  );
});

function focusCard(name: string): boolean {
  const link = document.querySelector<HTMLElement>(`[data-card="${CSS.escape(name)}"]`);
  link?.focus();
  link?.closest('article')?.scrollIntoView({ block: 'nearest' });
  return link !== null;
}

/** j and k: from card to card in the order in which they stand. */
function useWalk(rows: readonly Row[], showRow: RefObject<ShowRow>) {
  const names = useMemo(() => rows.flatMap((row) => (row.kind === 'cards' ? row.names : [])), [rows]);
  const step = useCallback(
    (by: number) => {
      const at = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.card : undefined;
      const index = at === undefined ? -1 : names.indexOf(at);
      const name =
        names[index < 0 ? (by > 0 ? 0 : names.length - 1) : Math.min(names.length - 1, Math.max(0, index + by))];
      if (name === undefined || focusCard(name)) return;
      showRow.current(rowWith(rows, name));
      requestAnimationFrame(() => requestAnimationFrame(() => focusCard(name)));
    },
    [names, rows, showRow],
  );
  useKey(
    'j',
    useCallback(() => step(1), [step]),
  );
  useKey(
    'k',
    useCallback(() => step(-1), [step]),
  );
}

interface Props {
  overview: Overview;
  trusted: boolean;
  filter: Filter;
  onClear: () => void;
}

export function Grid({ overview, trusted, filter, onClear }: Props) {
  const cards = useRef<HTMLDivElement>(null);
  const showRow = useRef<ShowRow>(() => undefined);
  const width = useWidth(cards);
  const printing = usePrinting();
  // They are drawn a little at a time: nobody waits for them.
  const graphs = useDeferredValue(useSparklines(true));
  const { shown, outdated, renew } = useOrder(overview, trusted, filter, cards);
  const dense = isDense(overview.services.length);
  const rows = useMemo(() => rowsOf(shown, width, dense), [shown, width, dense]);
  const found = shown.reduce((sum, section) => sum + section.names.length, 0);
  const services = useMemo(() => new Map(overview.services.map((one) => [one.service_name, one])), [overview]);
  const shared = useMemo<Shared>(
    () => ({ services, trusted, graphs, count: found }),
    [services, trusted, graphs, found],
  );
  useWalk(rows, showRow);
  const filtered = filter.text !== '' || filter.light !== null;
  return (
    <>
      <p className="sr-only" role="status">
        {filtered ? t.grid.found(found) : ''}
      </p>
      <div ref={cards} className="cards">
        {width > 0 &&
          (found <= DRAWN_MOST || printing ? (
            rows.map((row) => <RowOf key={row.key} row={row} shared={shared} />)
          ) : (
            <SomeRows rows={rows} shared={shared} top={cards.current?.offsetTop ?? 0} showRow={showRow} />
          ))}
      </div>
      {outdated && (
        <button type="button" className="button outdated" onClick={renew}>
          {t.grid.outdated}
        </button>
      )}
      {found === 0 && (
        <p className="none-found">
          {t.grid.noneFound}{' '}
          <button type="button" className="button" onClick={onClear}>
            {t.grid.clear}
          </button>
        </p>
      )}
    </>
  );
}
