import { describe, expect, it } from 'vitest';
import { marginOf, readLimits, readName, scaleOf, worstMet } from './limits';

const disk = { degraded: '> 85', down: '> 95' };

describe('limits', () => {
  it.each([
    [84, null, [11, 1]],
    [85, null, [10, 0]],
    [86, 'degraded', [9, null]],
    [96, 'down', [null, null]],
  ])('used_pct %d meets %s', (measure, met, margins) => {
    const limits = readLimits(measure, disk);
    expect(worstMet(limits)?.light ?? null).toBe(met);
    expect(limits.map((limit) => marginOf(measure, limit))).toEqual(margins);
  });

  it('compares texts and truths as the scripts do', () => {
    expect(worstMet(readLimits('execution_start', { degraded: "~= 'status'" }))?.light).toBe('degraded');
    expect(worstMet(readLimits('status', { degraded: '~= "status"' }))).toBeNull();
    expect(worstMet(readLimits(false, { down: '== false' }))?.light).toBe('down');
    expect(readLimits(true, { down: '== false' }).map((limit) => marginOf(true, limit))).toEqual([null]);
  });

  it('knows lower limits', () => {
    const limits = readLimits(12, { degraded: '< 10', down: '<= 5' });
    expect(worstMet(limits)).toBeNull();
    expect(limits.map((limit) => marginOf(12, limit))).toEqual([7, 2]);
  });

  it('is drawn on a scale with room beyond the last limit', () => {
    const scale = scaleOf(95, readLimits(95, disk));
    expect(scale?.value).toBeCloseTo(1 / 1.15);
    expect(scale?.marks.map((mark) => mark.light)).toEqual(['down', 'degraded']);
    expect(scaleOf(1e9, readLimits(1e9, disk))?.value).toBe(1);
    expect(scaleOf(-1, readLimits(-1, disk))).toBeNull();
    expect(scaleOf('x', readLimits('x', { down: "== 'x'" }))).toBeNull();
  });

  it('has names with units', () => {
    expect(readName('pool_used_pct')).toEqual({ label: 'Pool used', unit: '%' });
    expect(readName('oldest_heartbeat_s')).toEqual({ label: 'Oldest heartbeat', unit: 's' });
    expect(readName('version')).toEqual({ label: 'Version', unit: '' });
  });
});
