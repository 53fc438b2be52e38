// What is true of a service beside its status: it flaps, its script rests, something that it depends on is down,
// somebody has it in hand, it is being worked on.
import type { Service } from '../api/types';
import { t } from '../strings';
import { serviceHref } from '../ui/address';
import { At } from '../ui/time';

type Remarked = Pick<
  Service,
  'flapping_since' | 'quarantine' | 'parents' | 'down_parent' | 'acknowledged' | 'maintenance'
>;

/** The title of the service that explains this one's trouble, where it is known. */
function titleOf(service: Remarked, name: string): string {
  return service.parents?.find((parent) => parent.service_name === name)?.title ?? name;
}

export function Remarks({ service }: { service: Remarked }) {
  const { flapping_since, quarantine, down_parent, acknowledged, maintenance } = service;
  if (!flapping_since && !quarantine && !down_parent && !acknowledged && !maintenance) return null;
  return (
    <ul className="remarks">
      {down_parent && (
        <li>
          {t.remarks.parent}{' '}
          <a className="text-link" href={serviceHref(down_parent)}>
            {titleOf(service, down_parent)}
          </a>
          {t.remarks.isDown}
        </li>
      )}
      {flapping_since && (
        <li>
          {t.remarks.flapping} <At at={flapping_since} />
        </li>
      )}
      {quarantine && (
        <li>
          {t.remarks.quarantine(quarantine.times)} <At at={quarantine.until} seconds />
        </li>
      )}
      {acknowledged && (
        <li>
          <strong>{t.remarks.acknowledged(acknowledged.by)}</strong>
          {acknowledged.note && `: ${acknowledged.note}`}
        </li>
      )}
      {maintenance && (
        <li>
          {t.remarks.maintenance} <At at={maintenance.until} />
        </li>
      )}
    </ul>
  );
}
