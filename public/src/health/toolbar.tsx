// Finding one service among many: a search field, and a button a status with how many there are.
import type { Service } from '../api/types';
import { SearchBox } from '../shell/search-box';
import type { Filter } from './arrange';
import { Chips } from './chips';
import { countLights } from './light';

interface Props {
  services: readonly Service[];
  trusted: boolean;
  filter: Filter;
  onFilter: (filter: Filter) => void;
}

export function Toolbar({ services, trusted, filter, onFilter }: Props) {
  return (
    <search className="toolbar">
      <Chips
        counts={countLights(services, trusted)}
        chosen={filter.light}
        onChoose={(light) => onFilter({ ...filter, light })}
      />
      <SearchBox text={filter.text} onText={(text) => onFilter({ ...filter, text })} />
    </search>
  );
}
