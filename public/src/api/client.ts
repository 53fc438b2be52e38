// The typed door to the API: one function a route, one class of error. Nothing else on the page calls fetch.
import type { Identity, Overview, Problem, ServiceDetail } from './types';

/** Longest that the page waits for an answer, milliseconds; the API gives itself two seconds. */
const PATIENCE_MS = 10_000;

/** refused: the log-in is not accepted, or over. silent: no answer, or one that is not the API's. problem: the API says what is wrong. */
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

/** Asks; with a body it is something that changes something. */
async function send(method: string, path: string, signal?: AbortSignal, body?: unknown): Promise<Response> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const headers: Record<string, string> = { Accept: 'application/json', 'X-Requested-With': 'signalbox' };
  if (method !== 'GET') headers['Content-Type'] = 'application/json';
  try {
    const response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      cache: 'no-store',
      credentials: 'same-origin',
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
    if (!response.ok) throw await failureOf(response);
    return response;
  } catch (error) {
    if (error instanceof Failure || signal?.aborted) throw error;
    throw new Failure('silent', 0, error instanceof Error ? error.message : String(error));
  }
}

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await send('GET', path, signal)).json()) as T;
}

export function getSession(): Promise<Identity> {
  return get<Identity>('/admin/session');
}

export async function beginSession(name: string, password: string): Promise<Identity> {
  return (await (await send('POST', '/admin/session', undefined, { name, password })).json()) as Identity;
}

export async function endSession(): Promise<void> {
  await send('DELETE', '/admin/session');
}

export function getOverview(signal?: AbortSignal): Promise<Overview> {
  return get<Overview>('/admin/health', signal);
}

export interface Page {
  limit: number;
  cursor: string | null;
}

export function getService(name: string, page: Page, signal?: AbortSignal): Promise<ServiceDetail> {
  const query = new URLSearchParams({ limit: String(page.limit) });
  if (page.cursor) query.set('cursor', page.cursor);
  return get<ServiceDetail>(`/admin/health/${encodeURIComponent(name)}?${query}`, signal);
}
