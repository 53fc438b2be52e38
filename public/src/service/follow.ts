// A log as it is written, put where the last lines that were asked for lie: what shows those shows these. Where there is no stream (too many, a proxy in
// between, no live events here) the page goes on asking.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { followPath } from '../api/client';
import type { LogLines, LogPiece } from '../api/types';
import { t } from '../strings';

/** Lines that are kept. */
const KEPT = 2000;

/** What is shown when a piece has come; `fresh`: it is the first one of a stream, whose lines begin anew. */
export function withPiece(
  before: LogLines | undefined,
  name: string,
  piece: LogPiece,
  fresh: boolean,
  at: string,
): LogLines {
  const old = fresh || !before ? [] : before.lines;
  const gap = piece.gap && !fresh ? [t.logs.gap] : [];
  return {
    service_name: name,
    source: before?.source ?? null,
    lines: [...old, ...gap, ...piece.lines].slice(-KEPT),
    taken_at: at,
    truncated: before?.truncated ?? true,
  };
}

/** Nothing is asked for until it is known whether there is a stream: what was asked for and what came would overlap. */
export type FollowState = 'opening' | 'live' | 'none';

/** Follows while `following`. Returns how the stream is, and what it says is wrong. */
export function useFollow(
  name: string,
  count: number,
  following: boolean,
): { state: FollowState; wrong: string | null } {
  const client = useQueryClient();
  const [state, setState] = useState<FollowState>(following ? 'opening' : 'none');
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => {
    if (!following) return;
    const source = new EventSource(followPath(name, count));
    let fresh = true;
    setState('opening');
    source.onopen = () => {
      fresh = true;
      setState('live');
    };
    source.onerror = () => setState('none');
    source.addEventListener('lines', (event) => {
      const piece = JSON.parse((event as MessageEvent<string>).data) as LogPiece;
      setWrong(piece.error);
      if (piece.lines.length || piece.gap) {
        const first = fresh;
        fresh = false;
        client.setQueryData<LogLines>(['logs', name, count], (before) =>
          withPiece(before, name, piece, first, new Date().toISOString()),
        );
      }
      if (piece.ended) {
        source.close();
        setState('none');
      }
    });
    return () => {
      source.close();
      setState('none');
      setWrong(null);
    };
  }, [client, name, count, following]);
  return { state, wrong };
}
