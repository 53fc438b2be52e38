// Who is not logged in sees the form, everybody else the health page.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useSession } from './api/session';
import { HealthPage } from './health/page';
import { LoginForm } from './login/form';

export function App() {
  const session = useSession();
  const client = useQueryClient();
  const loggedIn = session.user !== null;
  // Nothing that one user was told is left for the next.
  useEffect(() => {
    if (!loggedIn) client.clear();
  }, [client, loggedIn]);
  if (session.asking) return null;
  return loggedIn ? <HealthPage /> : <LoginForm />;
}
