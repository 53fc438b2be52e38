// The field in which one looks for a service: / leads to it, Escape empties it.
import { useCallback, useRef } from 'react';
import { t } from '../strings';
import { SearchIcon } from '../ui/icons';
import { useKey } from './shortcuts';

export function SearchBox({ text, onText }: { text: string; onText: (text: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  useKey(
    '/',
    useCallback(() => input.current?.select(), []),
  );
  return (
    <label className="search">
      <SearchIcon />
      <span className="sr-only">{t.grid.search}</span>
      <input
        ref={input}
        type="search"
        aria-keyshortcuts="/"
        value={text}
        placeholder={t.grid.search}
        title={t.grid.searchHint}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onText('');
        }}
      />
      <span className="key-hint" aria-hidden="true">
        /
      </span>
    </label>
  );
}
