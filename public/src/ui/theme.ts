// Light or dark: as the system has it, unless one chose.
import { stored } from './stored';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const theme = stored<Theme>(
  'signalbox.theme',
  (text) => (text === 'light' || text === 'dark' ? text : 'system'),
  (value) => (value === 'system' ? null : value),
);

function apply(value: Theme) {
  if (value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
}

apply(theme.get());

export function chooseTheme(value: Theme) {
  theme.set(value);
  apply(value);
}
