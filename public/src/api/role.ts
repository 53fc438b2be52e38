// Whether one may change things. Who may not sees no lever; the server decides for itself.
import { useSession } from './session';

export function useIsAdmin(): boolean {
  return useSession().role === 'admin';
}
