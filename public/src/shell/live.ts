// The stream of what happens, where the server has one: it makes the page say things at once. Beneath it the page goes on asking at its interval, so
// that a stream that is silent, cut or not there costs nothing but the seconds.
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Action, Overview, Service } from '../api/types';
import { mergeCards } from '../health/merge';
import { OVERVIEW_KEY } from '../health/overview';

export type LiveState = 'live' | 'polling';

const STREAM = '/admin/health/stream';
/** After a stream that was refused, milliseconds; one that was cut is taken up again by the browser itself. */
const RETRY_MS = 30_000;

function parsed<T>(event: Event): T | null {
  try {
    return JSON.parse((event as MessageEvent<string>).data) as T;
  } catch {
    return null;
  }
}

function changeOverview(client: QueryClient, change: (overview: Overview) => Overview) {
  // Whoever has lost the server has lost it until it answers again: data that is set would count as an answer.
  if (client.getQueryState(OVERVIEW_KEY)?.status === 'error') return;
  client.setQueryData<Overview>(OVERVIEW_KEY, (overview) => overview && change(overview));
}

function listen(source: EventSource, client: QueryClient) {
  const on = <T>(name: string, fn: (data: T) => void) =>
    source.addEventListener(name, (event) => {
      const data = parsed<T>(event);
      if (data) fn(data);
    });
  const stale = (...keys: string[]) => {
    for (const key of keys) void client.invalidateQueries({ queryKey: [key] });
  };
  on<{ cards: Service[] }>('results', ({ cards }) => {
    changeOverview(client, (overview) => mergeCards(overview, cards));
  });
  on<{ service_name: string }>('transition', ({ service_name }) => {
    stale('overview', 'timeline', 'incident', 'alerts-deliveries');
    void client.invalidateQueries({ queryKey: ['service', service_name] });
  });
  on('gate', () => stale('overview', 'checklist'));
  on<Action>('action', (action) => {
    client.setQueryData(['action', action.id], action);
    stale('audit', 'incident');
    const ended = action.state === 'done' || action.state === 'failed';
    void client.invalidateQueries({ queryKey: ['service', action.service_name, ...(ended ? [] : ['activity'])] });
  });
  on('alert', () => {
    stale('alerts-deliveries', 'alerts');
    void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[2] === 'activity' });
  });
  on('checklist', () => stale('checklist'));
}

export function useLive(): LiveState {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>('polling');
  useEffect(() => {
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let live = false;
    function open() {
      source = new EventSource(STREAM);
      source.onopen = () => {
        live = true;
        setState('live');
      };
      source.onerror = () => {
        setState('polling');
        // What cut it may have taken the server too: that is to be known now and not at the end of the interval.
        if (live) void client.invalidateQueries({ queryKey: OVERVIEW_KEY });
        live = false;
        if (source?.readyState !== EventSource.CLOSED) return;
        timer = setTimeout(open, RETRY_MS);
      };
      listen(source, client);
    }
    open();
    return () => {
      clearTimeout(timer);
      source?.close();
    };
  }, [client]);
  return state;
}
