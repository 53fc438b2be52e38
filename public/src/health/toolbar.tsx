// Finding one service among many: a search field, and a button a status with how many there are.
import type { Service } from '../api/types';
import { SearchBox } from '../shell/search-box';
import { t } from '../strings';
import { LampIcon } from '../ui/lamp';
import type { Filter } from './arrange';
import { countLights, LIGHTS } from './light';

interface Props {
  services: readonly Service[];
  trusted: boolean;
  filter: Filter;
  onFilter: (filter: Filter) => void;
}

export function Toolbar({ services, trusted, filter, onFilter }: Props) {
  const counts = countLights(services, trusted);
  return (
    <search className="toolbar">
      <fieldset className="chips">
        <legend className="sr-only">{t.grid.filter}</legend>
        <button
          type="button"
          className="chip"
          aria-pressed={filter.light === null}
          onClick={() => onFilter({ ...filter, light: null })}
        >
          {t.grid.all} <b>{services.length}</b>
        </button>
        {LIGHTS.filter((light) => counts[light] > 0 || light === filter.light).map((light) => (
          <button
            key={light}
            type="button"
            className="chip"
            aria-pressed={filter.light === light}
            onClick={() => onFilter({ ...filter, light: filter.light === light ? null : light })}
          >
            <LampIcon light={light} />
            {t.status[light]} <b>{counts[light]}</b>
          </button>
        ))}
      </fieldset>
      <SearchBox text={filter.text} onText={(text) => onFilter({ ...filter, text })} />
    </search>
  );
}
