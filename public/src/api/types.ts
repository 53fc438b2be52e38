// The shapes of the API's answers, as its clients rely on them. Written by hand until the API publishes its OpenAPI document.

export type Status = 'healthy' | 'degraded' | 'down';

/** Percent of the time that is known, rounded down; null while nothing is. */
export interface Uptime {
  '7d': number | null;
  '30d': number | null;
}

/** A service at present. Times are RFC 3339 in UTC. */
export interface Service {
  service_name: string;
  title: string;
  group: string | null;
  /** null: no data. */
  status: Status | null;
  since: string | null;
  up_since: string | null;
  latency_ms: number | null;
  checked_at: string | null;
  /** The newest result is older than three intervals, or only a copy is known: what it says is not known to hold now. */
  stale: boolean;
  error_message: string | null;
  critical: boolean;
  uptime: Uptime;
  /** What follows is the scheduler's alone: absent in Postgres's copy. It changes its status so often that people are told once, not each time. */
  flapping_since?: string | null;
  /** Its script keeps ending its runners, so it is let run less and less often. */
  quarantine?: { why: string | null; times: number; until: string } | null;
  parents?: Parent[];
  /** The nearest service that it depends on, over any number of steps, that is down. */
  down_parent?: string | null;
}

/** A service that another one depends on; one that nobody declares has neither title nor status. */
export interface Parent {
  service_name: string;
  title: string | null;
  status: Status | null;
}

export interface Overview {
  status: Status | null;
  ready: boolean;
  /** Names of what holds the gate. */
  blocking: string[];
  generated_at: string;
  /** "database": the scheduler did not answer, this is the last that it wrote down. */
  source: 'scheduler' | 'database';
  services: Service[];
  /** Files of checks whose newest version was refused; absent in Postgres's copy. */
  broken_files?: { file: string; error: string }[];
}

export type Measure = number | string | boolean;

/** A comparison by status, as the check's file has it: { degraded: "> 85", down: "> 95" }. */
export type Limits = Partial<Record<'degraded' | 'down', string>>;

/** A row of health_checks: one run with its own verdict. */
export interface Check {
  id: number;
  service_name: string;
  status: Status;
  latency_ms: number | null;
  error_message: string | null;
  details_json: unknown;
  checked_at: string;
}

/** An unbroken stretch of one confirmed status. */
export interface StatusWindow {
  status: Status;
  started_at: string;
  /** null: still going on. */
  ended_at: string | null;
  duration_seconds: number | null;
}

export interface ServiceDetail extends Service {
  source: 'scheduler' | 'database';
  measures: Record<string, Measure> | null;
  limits: Record<string, Limits> | null;
  every_ms: number | null;
  timeout_ms: number | null;
  rise: number | null;
  fall: number | null;
  depends_on: string[] | null;
  /** Due times passed over because the run before was still going, since the scheduler's start. */
  skipped?: number;
  file: string | null;
  next_check_at: string | null;
  /** false: Postgres does not answer, so that checks and windows are empty for want of knowledge. */
  history_available: boolean;
  checks: Check[];
  /** Cursor of the next page of checks; null on the last. */
  next: string | null;
  windows: StatusWindow[];
}

/** RFC 9457. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  field?: string;
}
