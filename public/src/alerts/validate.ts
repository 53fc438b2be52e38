// What is wrong with alert settings while they are typed; the API says the same. Pure.
import { t } from '../strings';

export interface Draft {
  enabled: boolean;
  /** As typed. */
  delay: string;
  reminder: string;
  webhook: string;
  channels: readonly string[];
}

export type Faults = Partial<Record<'delay' | 'reminder' | 'webhook', string>>;

export const DELAY_MOST_MIN = 24 * 60;
export const REMINDER_MOST_MIN = 7 * 24 * 60;

/** Seconds of whole minutes as typed; null when they are none. */
export function secondsOf(minutes: string): number | null {
  return /^\d{1,6}(\.5)?$/.test(minutes.trim()) ? Math.round(60 * Number(minutes)) : null;
}

export function faultsOf(draft: Draft): Faults {
  const faults: Faults = {};
  const delay = secondsOf(draft.delay);
  if (delay === null || delay > 60 * DELAY_MOST_MIN) faults.delay = t.alerts.minutesFault(0, DELAY_MOST_MIN);
  const reminder = secondsOf(draft.reminder);
  if (reminder === null || reminder > 60 * REMINDER_MOST_MIN)
    faults.reminder = t.alerts.minutesFault(0, REMINDER_MOST_MIN);
  if (draft.webhook.trim() !== '' && !isWebAddress(draft.webhook.trim())) faults.webhook = t.alerts.webhookFault;
  return faults;
}

function isWebAddress(text: string): boolean {
  try {
    const url = new URL(text);
    return (url.protocol === 'https:' || url.protocol === 'http:') && url.hostname !== '';
  } catch {
    return false;
  }
}
