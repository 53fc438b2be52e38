// Latency over 24 hours as a line without axes.
import { memo } from 'react';
import type { Sparkline as Points } from '../api/types';
import { t } from '../strings';
import { milliseconds } from '../ui/format';
import { curveOf } from './curve';

export const Sparkline = memo(function Sparkline({ sparkline }: { sparkline: Points | undefined }) {
  const curve = sparkline && curveOf(sparkline.latency);
  if (!curve) return <span className="sparkline sparkline-none" />;
  const label = t.card.latencyLabel(milliseconds(curve.least), milliseconds(curve.most));
  return (
    <svg className="sparkline" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label={label}>
      <title>{label}</title>
      <path className="sparkline-area" d={curve.area} />
      <path className="sparkline-line" d={curve.line} />
    </svg>
  );
});
