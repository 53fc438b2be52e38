// What people call a channel: as its file has it, where the files are known; the page itself is called the same everywhere.
import type { Channel } from '../api/types';
import { t } from '../strings';

export function channelTitle(name: string, channels: readonly Channel[] = []): string {
  return name === 'dashboard' ? t.alerts.dashboard : (channels.find((one) => one.name === name)?.title ?? name);
}
