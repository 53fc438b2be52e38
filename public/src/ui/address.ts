// Which service is open stands in the address (#/service/NAME), so that it can be sent to somebody and the back button closes it.
import { useSyncExternalStore } from 'react';

const SERVICE = /^#\/service\/(.+)$/;

export function serviceHref(name: string): string {
  return `#/service/${encodeURIComponent(name)}`;
}

export function serviceOf(hash: string): string | null {
  const name = SERVICE.exec(hash)?.[1];
  if (!name) return null;
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}

/** Takes the service out of the address without a jump to the top. */
export function leaveService() {
  history.pushState(null, '', location.pathname + location.search);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

function subscribe(listener: () => void) {
  addEventListener('hashchange', listener);
  addEventListener('popstate', listener);
  return () => {
    removeEventListener('hashchange', listener);
    removeEventListener('popstate', listener);
  };
}

export function useOpenService(): string | null {
  return useSyncExternalStore(subscribe, () => serviceOf(location.hash));
}
