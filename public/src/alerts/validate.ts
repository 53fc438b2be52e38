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

const UNITS_S = { s: 1, min: 60, m: 60, h: 3600, d: 86_400 } as const;

/** Seconds of a length as people type it: "5" and "1,5" are minutes, "30 s", "5 min", "2h" what they say; null for anything else. */
export function secondsOf(text: string): number | null {
  const [, number = '', unit = 'min'] = /^(\d{1,6}(?:[.,]\d{1,3})?) *(s|min|m|h|d)?$/.exec(text.trim()) ?? [];
  return number === '' ? null : Math.round(UNITS_S[unit as keyof typeof UNITS_S] * Number(number.replace(',', '.')));
}

/** The same as it is shown first. */
export function lengthText(seconds: number): string {
  return seconds % 60 === 0 ? String(seconds / 60) : `${seconds} s`;
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
