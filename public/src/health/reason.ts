// What stands below a service's name: what is wrong with it, or why nothing is known of it. Pure.
import type { Service } from '../api/types';
import { t } from '../strings';

type Known = Pick<Service, 'status' | 'stale' | 'error_message'>;

/** `trusted`: the overview itself is fresh enough to be believed. null: nothing is wrong. */
export function reasonOf(service: Known, trusted: boolean): string | null {
  const { status, stale, error_message: why } = service;
  if (!status) return why ?? t.card.noResult;
  const word = t.status[status];
  if (!trusted) return t.card.lost(word);
  if (!stale) return status === 'healthy' ? null : why;
  return why ? t.card.staleReason(word, why) : t.card.stale(word);
}
