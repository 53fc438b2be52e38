// A status by colour, shape and word. The shapes differ as much as the colours do: disc with a tick, triangle, octagon with a cross, empty ring.
import type { Light } from '../health/light';
import { t } from '../strings';

const shapes: Record<Light, React.ReactNode> = {
  healthy: (
    <>
      <circle cx="12" cy="12" r="10" />
      <path className="mark" d="M7.5 12.4l3.1 3.1 6-6.6" />
    </>
  ),
  degraded: (
    <>
      <path d="M12 2.6 22.4 20.6a1 1 0 0 1-.87 1.5H2.47a1 1 0 0 1-.87-1.5Z" />
      <path className="mark" d="M12 9v5.6M12 18.2v.1" />
    </>
  ),
  down: (
    <>
      <path d="M8 2h8l6 6v8l-6 6H8l-6-6V8Z" />
      <path className="mark" d="m8.4 8.4 7.2 7.2m0-7.2-7.2 7.2" />
    </>
  ),
  'no-data': (
    <>
      <circle className="ring" cx="12" cy="12" r="9" />
      <path className="ring" d="M8.5 12h7" />
    </>
  ),
};

/** The shape alone; the word must stand beside it. */
export function LampIcon({ light }: { light: Light }) {
  return (
    <svg className={`lamp lamp-${light}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {shapes[light]}
    </svg>
  );
}

export function Lamp({ light }: { light: Light }) {
  return (
    <span className={`status status-${light}`}>
      <LampIcon light={light} />
      {t.status[light]}
    </span>
  );
}

const HEAD: readonly { light: Light; y: number }[] = [
  { light: 'down', y: 26 },
  { light: 'degraded', y: 60 },
  { light: 'healthy', y: 94 },
];

/** The three lamps of a signal: red above, yellow, green below; all dark when nothing is known. Decoration: the sentence beside it says it. */
export function SignalHead({ light }: { light: Light }) {
  return (
    <svg className="signal-head" viewBox="0 0 52 120" aria-hidden="true" focusable="false">
      <rect className="signal-case" x="2" y="2" width="48" height="116" rx="24" />
      {HEAD.map((lamp) => (
        <g key={lamp.light} className={lamp.light === light ? `lit lit-${lamp.light}` : 'unlit'}>
          <circle className="halo" cx="26" cy={lamp.y} r="15.5" />
          <circle className="lens" cx="26" cy={lamp.y} r={lamp.light === light ? 11.5 : 9.5} />
        </g>
      ))}
    </svg>
  );
}
