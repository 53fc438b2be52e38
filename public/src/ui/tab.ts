// The browser's tab carries the state: its title says it, its icon shows it.
import { useEffect } from 'react';
import type { Light } from '../health/light';

export function showInTab(title: string, light: Light) {
  document.title = title;
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  const href = `/lamp-${light}.svg`;
  if (icon && icon.getAttribute('href') !== href) icon.href = href;
}

export function useTab(title: string, light: Light) {
  useEffect(() => showInTab(title, light), [title, light]);
}
