// A button a status with how many services have it: what is chosen is shown alone.
import { t } from '../strings';
import { LampIcon } from '../ui/lamp';
import { LIGHTS, type Light } from './light';

interface Props {
  counts: Record<Light, number>;
  /** null: all. */
  chosen: Light | null;
  onChoose?: (light: Light | null) => void;
}

export function Chips({ counts, chosen, onChoose }: Props) {
  const all = LIGHTS.reduce((sum, light) => sum + counts[light], 0);
  return (
    <fieldset className="chips">
      <legend className="sr-only">{t.grid.filter}</legend>
      <button type="button" className="chip" aria-pressed={chosen === null} onClick={() => onChoose?.(null)}>
        {t.grid.all} <b>{all}</b>
      </button>
      {LIGHTS.filter((light) => counts[light] > 0 || light === chosen).map((light) => (
        <button
          key={light}
          type="button"
          className="chip"
          aria-pressed={light === chosen}
          onClick={() => onChoose?.(light === chosen ? null : light)}
        >
          <LampIcon light={light} />
          {t.status[light]} <b>{counts[light]}</b>
        </button>
      ))}
    </fieldset>
  );
}
