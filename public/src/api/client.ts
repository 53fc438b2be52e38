// The typed door to the API: one function a route, one class of error. Nothing else on the page calls fetch.
import { t } from '../strings';
import type {
  Acknowledgement,
  Action,
  AlertConfig,
  AuditEntry,
  Channel,
  CheckFiles,
  Checklist,
  ChecklistItem,
  Delivery,
  Identity,
  Incident,
  LogLines,
  MaintenanceWindow,
  OverrideRequest,
  Overview,
  Problem,
  Series,
  ServiceDetail,
  Sparklines,
  UptimeReport,
} from './types';

/** Longest that the page waits for an answer, milliseconds; the API gives itself two seconds. */
const PATIENCE_MS = 10_000;

/** refused: the log-in is not accepted, or over. silent: no answer, or one that is not the API's. problem: the API says what is wrong. */
export type FailureKind = 'refused' | 'silent' | 'problem';

export class Failure extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly status: number,
    message: string,
    /** The member of the body at fault. */
    readonly field: string | null = null,
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

/** In the page's language as far as it goes: the server's own words name what is meant, in English. */
function wordsOf({ type, title, detail = title }: Problem): string {
  const known = t.problems[type.replace('/problems/', '')];
  return known ? t.problem(known, detail) : detail;
}

/** What an answer that is none of those asked for means. */
export async function failureOf(response: Response): Promise<Failure> {
  if (response.status === 401) return new Failure('refused', 401, response.statusText);
  const problem = await problemOf(response);
  if (problem) return new Failure('problem', response.status, wordsOf(problem), problem.field ?? null);
  return new Failure('silent', response.status, t.answers(response.status));
}

/** Asks; with a body it is something that changes something. */
async function send(
  method: string,
  path: string,
  signal?: AbortSignal,
  body?: unknown,
  more?: Record<string, string>,
): Promise<Response> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const headers: Record<string, string> = { Accept: 'application/json', 'X-Requested-With': 'signalbox', ...more };
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
    throw new Failure('silent', 0, t.noAnswer);
  }
}

/** What changes something: an answer with a body, or none. */
async function change<T>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<T> {
  const response = await send(method, path, undefined, body, headers);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await send('GET', path, signal)).json()) as T;
}

/** Whether there is a server at all. */
export function serverAnswers(): Promise<boolean> {
  return send('GET', '/health/live').then(
    () => true,
    () => false,
  );
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

/** As index.html has it fetched before any script is there: a question with a header of its own would be another one. */
export async function getFirstOverview(): Promise<Overview> {
  const response = await fetch('/admin/health', { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!response.ok) throw await failureOf(response);
  return (await response.json()) as Overview;
}

export function getOverview(signal?: AbortSignal): Promise<Overview> {
  return get<Overview>('/admin/health', signal);
}

export function getSparklines(signal?: AbortSignal): Promise<Sparklines> {
  return get<Sparklines>('/admin/health/sparklines', signal);
}

export function getSeries(name: string, days: number, signal?: AbortSignal): Promise<Series> {
  return get<Series>(`/admin/health/${encodeURIComponent(name)}/series?days=${days}`, signal);
}

/** Blocks shorter than a `days / pixels` are merged, and the worst of them counts. */
export function getUptime(days: number, pixels: number, signal?: AbortSignal): Promise<UptimeReport> {
  return get<UptimeReport>(`/admin/health/uptime?days=${days}&pixels=${pixels}`, signal);
}

export function getTimeline(name: string, days: number, pixels: number, signal?: AbortSignal): Promise<UptimeReport> {
  return get<UptimeReport>(
    `/admin/health/uptime?service=${encodeURIComponent(name)}&days=${days}&pixels=${pixels}`,
    signal,
  );
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

export function getIncident(id: string, signal?: AbortSignal): Promise<Incident> {
  return get<Incident>(`/admin/health/incidents/${encodeURIComponent(id)}`, signal);
}

/** Filters and a page: what is empty is left out. */
export type Wanted = Record<string, string | null | undefined>;

function withQuery(path: string, wanted: Wanted): string {
  const given = Object.entries(wanted).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path;
}

const service = (name: string) => `/admin/health/${encodeURIComponent(name)}`;

// ---- doing something ----

export type DeedName = 'restart' | 'diagnose' | 'recheck' | `action/${string}`;

/** The action: ended, or still going on. */
export function act(name: string, deed: DeedName, body: Record<string, unknown>): Promise<Action> {
  return change<Action>('POST', `${service(name)}/${deed}`, body);
}

export function getAction(id: string, signal?: AbortSignal): Promise<Action> {
  return get<Action>(`/admin/health/actions/${encodeURIComponent(id)}`, signal);
}

export function getActions(
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<{ actions: Action[]; next_cursor: string | null }> {
  return get(withQuery('/admin/health/actions', wanted), signal);
}

export function getLogs(name: string, lines: number, signal?: AbortSignal): Promise<LogLines> {
  return get<LogLines>(`${service(name)}/logs?lines=${lines}`, signal);
}

/** Server-Sent Events: `lines`, each with a LogPiece. */
export const followPath = (name: string, lines: number) => `${service(name)}/logs/follow?lines=${lines}`;

export function getAudit(
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<{ entries: AuditEntry[]; next_cursor: string | null }> {
  return get(withQuery('/admin/health/audit', wanted), signal);
}

// ---- telling somebody ----

export function getAlerts(signal?: AbortSignal): Promise<{ alerts: AlertConfig[]; channels: Channel[] }> {
  return get('/admin/health/alerts', signal);
}

export type AlertChange = Partial<
  Pick<
    AlertConfig,
    'escalation_delay_seconds' | 'webhook_url' | 'notification_channels' | 'enabled' | 'reminder_interval_seconds'
  >
>;

/** `etag`: of what was looked at; when somebody else has changed it meanwhile, nothing is changed (412). */
export function putAlert(name: string, etag: string, wanted: AlertChange): Promise<AlertConfig> {
  return change<AlertConfig>('PUT', `/admin/health/alerts/${encodeURIComponent(name)}`, wanted, {
    'If-Match': `"${etag}"`,
  });
}

export function testAlert(name: string, channels?: string[]): Promise<{ drill: string; sends: string[] }> {
  return change('POST', `/admin/health/alerts/${encodeURIComponent(name)}/test`, channels ? { channels } : {});
}

export function getDeliveries(
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<{ deliveries: Delivery[]; next_cursor: string | null }> {
  return get(withQuery('/admin/health/alerts/deliveries', wanted), signal);
}

export function acknowledge(name: string, note: string, until: string | null): Promise<Acknowledgement> {
  return change('POST', `${service(name)}/ack`, { note, until });
}

export function unacknowledge(name: string): Promise<void> {
  return change('DELETE', `${service(name)}/ack`);
}

// ---- maintenance ----

export function getMaintenance(signal?: AbortSignal): Promise<{ windows: MaintenanceWindow[] }> {
  return get('/admin/health/maintenance', signal);
}

export type NewMaintenance = Pick<MaintenanceWindow, 'title' | 'services' | 'starts_at' | 'ends_at' | 'recurrence'>;

export function addMaintenance(wanted: NewMaintenance): Promise<MaintenanceWindow> {
  return change('POST', '/admin/health/maintenance', wanted);
}

export function removeMaintenance(id: number): Promise<void> {
  return change('DELETE', `/admin/health/maintenance/${id}`);
}

// ---- the gate ----

export function getChecklist(signal?: AbortSignal): Promise<Checklist> {
  return get('/admin/health/startup-checklist', signal);
}

export function runChecklist(): Promise<unknown> {
  return change('POST', '/admin/health/startup-checklist/run', {});
}

const overrideOf = (check: string) => `/admin/health/startup-checklist/${encodeURIComponent(check)}/override`;

export function override(check: string, wanted: OverrideRequest): Promise<ChecklistItem> {
  return change('POST', overrideOf(check), wanted);
}

export function liftOverride(check: string): Promise<ChecklistItem> {
  return change('DELETE', overrideOf(check));
}

export function getCheckFiles(signal?: AbortSignal): Promise<CheckFiles> {
  return get('/admin/health/checks', signal);
}
