// The order of the cards, which stands still while somebody reads them. What a card says is always new; where it stands changes when nobody looks.
import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import type { Overview } from '../api/types';
import { type Arrangement, arrange, type Filter, isSameArrangement, keepOrder, sameOrder } from './arrange';

/** So long after the last movement over the cards nobody is reading them any more, milliseconds. */
const READING_MS = 8_000;

/** Whether somebody is at the cards: moves over them, has scrolled down to them, or has the focus among them. */
function useReading(cards: RefObject<HTMLElement | null>): boolean {
  const [reading, setReading] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    function settle() {
      const within = cards.current?.contains(document.activeElement) ?? false;
      const scrolled = scrollY > (cards.current?.offsetTop ?? 0);
      if (within || scrolled) timer = setTimeout(settle, READING_MS);
      else setReading(false);
    }
    function onSign(event: Event) {
      const here = event.type === 'scroll' || (event.target instanceof Node && cards.current?.contains(event.target));
      if (!here) return;
      setReading(true);
      clearTimeout(timer);
      timer = setTimeout(settle, READING_MS);
    }
    const signs = ['pointermove', 'focusin', 'touchstart', 'scroll'];
    for (const sign of signs) addEventListener(sign, onSign, { passive: true });
    return () => {
      clearTimeout(timer);
      for (const sign of signs) removeEventListener(sign, onSign);
    };
  }, [cards]);
  return reading;
}

interface Kept {
  overview: Overview;
  trusted: boolean;
  filter: Filter;
  /** As it would be now. */
  fresh: Arrangement;
  /** As it is shown. */
  shown: Arrangement;
}

function next(kept: Kept | null, overview: Overview, trusted: boolean, filter: Filter, reading: boolean): Kept {
  const sameView = kept !== null && kept.trusted === trusted && kept.filter === filter;
  const same =
    sameView && (kept.overview === overview || sameOrder(kept.overview.services, overview.services, filter.text));
  const fresh = same ? kept.fresh : arrange(overview.services, trusted, filter);
  // Who filters wants to see the filter's order.
  const hold = reading && kept !== null && kept.filter === filter;
  let shown = hold ? (same ? kept.shown : keepOrder(kept.shown, fresh)) : fresh;
  if (kept && isSameArrangement(kept.shown, shown)) shown = kept.shown;
  return { overview, trusted, filter, fresh, shown };
}

export interface Order {
  shown: Arrangement;
  /** The cards would stand elsewhere by now. */
  outdated: boolean;
  /** Puts them there. */
  renew: () => void;
}

export function useOrder(
  overview: Overview,
  trusted: boolean,
  filter: Filter,
  cards: RefObject<HTMLElement | null>,
): Order {
  const reading = useReading(cards);
  const kept = useRef<Kept | null>(null);
  const [, setRenewed] = useState(0);
  kept.current = next(kept.current, overview, trusted, filter, reading);
  const renew = useCallback(() => {
    if (kept.current) kept.current = { ...kept.current, shown: kept.current.fresh };
    setRenewed((n) => n + 1);
  }, []);
  const { shown, fresh } = kept.current;
  return { shown, outdated: shown !== fresh && !isSameArrangement(shown, fresh), renew };
}
