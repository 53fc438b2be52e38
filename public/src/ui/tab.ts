// The browser's tab carries the state: its title says it, its icon shows it.
import { useEffect } from 'react';
import type { Light } from '../health/light';

export function useTab(title: string, light: Light) {
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
    if (icon) icon.href = `/lamp-${light}.svg`;
  }, [light]);
}
