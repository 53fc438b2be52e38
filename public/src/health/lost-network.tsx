// The machine that checks has no network of its own: many services are grey, and none of them is to blame.
import type { LostNetwork as Lost } from '../api/types';
import { t } from '../strings';
import { At } from '../ui/time';

export function LostNetwork({ lost }: { lost: Lost }) {
  return (
    <section className="notice notice-bad lost-network" aria-label={t.lostNetwork.title}>
      <h2>{t.lostNetwork.title}</h2>
      <p>
        {t.lostNetwork.since(lost.why)} <At at={lost.lost_since} />
      </p>
    </section>
  );
}
