// The typed door to the API: one function a route, one class of error. Nothing else on the page calls fetch.
import { currentSession } from './session';
import type { Overview, Problem, ServiceDetail } from './types';

/** Longest that the page waits for an answer, milliseconds; the API gives itself two seconds. */
const PATIENCE_MS = 10_000;

/** refused: name and password are not accepted. silent: no answer, or one that is not the API's. problem: the API says what is wrong. */
export type FailureKind = 'refused' | 'silent' | 'problem';

export class Failure extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'Failure';
  }
}

async function problemOf(response: Response): Promise<Problem | null> {
  if (!response.headers.get('Content-Type')?.startsWith('application/problem+json')) return null;
  try {
    return (await response.json()) as Problem;
  } catch {
    return null;
  }
}

async function failureOf(response: Response): Promise<Failure> {
  if (response.status === 401) return new Failure('refused', 401, response.statusText);
  const problem = await problemOf(response);
  if (problem) return new Failure('problem', response.status, problem.detail ?? problem.title);
  return new Failure('silent', response.status, `HTTP ${response.status}`);
}

async function get<T>(path: string, signal: AbortSignal | undefined, authorization: string | null): Promise<T> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const headers: Record<string, string> = { Accept: 'application/json', 'X-Requested-With': 'signalbox' };
  if (authorization) headers.Authorization = authorization;
  try {
    const response = await fetch(path, {
      headers,
      cache: 'no-store',
      credentials: 'same-origin',
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
    if (!response.ok) throw await failureOf(response);
    return (await response.json()) as T;
  } catch (error) {
    if (error instanceof Failure || signal?.aborted) throw error;
    throw new Failure('silent', 0, error instanceof Error ? error.message : String(error));
  }
}

/** `authorization` only to try credentials that are not the session's yet. */
export function getOverview(signal?: AbortSignal, authorization = currentSession().authorization): Promise<Overview> {
  return get<Overview>('/admin/health', signal, authorization);
}

export interface Page {
  limit: number;
  cursor: string | null;
}

export function getService(name: string, page: Page, signal?: AbortSignal): Promise<ServiceDetail> {
  const query = new URLSearchParams({ limit: String(page.limit) });
  if (page.cursor) query.set('cursor', page.cursor);
  return get<ServiceDetail>(
    `/admin/health/${encodeURIComponent(name)}?${query}`,
    signal,
    currentSession().authorization,
  );
}
