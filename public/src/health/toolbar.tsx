// Finding one service among many: a search field, and a button a status with how many there are.
import { useCallback, useRef } from 'react';
import type { Service } from '../api/types';
import { useKey } from '../shell/shortcuts';
import { t } from '../strings';
import { SearchIcon } from '../ui/icons';
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
  const input = useRef<HTMLInputElement>(null);
  useKey(
    '/',
    useCallback(() => input.current?.select(), []),
  );
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
      <label className="search">
        <SearchIcon />
        <span className="sr-only">{t.grid.search}</span>
        <input
          ref={input}
          type="search"
          aria-keyshortcuts="/"
          value={filter.text}
          placeholder={t.grid.search}
          title={t.grid.searchHint}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onFilter({ ...filter, text: event.target.value })}
          onKeyDown={(event) => {
            if (event.key === 'Escape') onFilter({ ...filter, text: '' });
          }}
        />
        <span className="key-hint" aria-hidden="true">
          /
        </span>
      </label>
    </search>
  );
}
