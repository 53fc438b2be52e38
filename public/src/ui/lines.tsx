// What happened, a line each: when, who or by what way, what.
import './lines.css';
import type { ReactNode } from 'react';
import type { AuditEntry, Delivery } from '../api/types';
import { t, wordFor } from '../strings';
import { channelTitle } from './channel-title';
import { At } from './time';

export function Line({ at, who, children }: { at: string | null; who: string; children: ReactNode }) {
  return (
    <li>
      <At at={at} seconds />
      <b>{who}</b>
      <span>{children}</span>
    </li>
  );
}

/** What was told, and what became of it. */
export function AlertLine({ alert }: { alert: Delivery }) {
  return (
    <Line at={alert.delivered_at ?? alert.created_at} who={channelTitle(alert.channel)}>
      {wordFor(t.events, alert.event)}, {wordFor(t.deliveryStates, alert.state)}
      {alert.reason && <span className="quiet">: {alert.reason}</span>}
    </Line>
  );
}

export function AuditLine({ entry }: { entry: Pick<AuditEntry, 'at' | 'actor' | 'action' | 'outcome'> }) {
  return (
    <Line at={entry.at} who={entry.actor}>
      {entry.action} <span className="quiet">{entry.outcome}</span>
    </Line>
  );
}
