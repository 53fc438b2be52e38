// Who is not logged in sees the form, everybody else the page.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useSession } from './api/session';
import { LoginForm } from './login/form';
import { Shell } from './shell/shell';
import { useLanguage } from './strings';

export function App() {
  const session = useSession();
  const client = useQueryClient();
  const loggedIn = session.user !== null;
  // Nothing that one user was told is left for the next.
  useEffect(() => {
    if (!loggedIn) client.clear();
  }, [client, loggedIn]);
  const language = useLanguage();
  if (session.asking) return null;
  // Another language is another page: nothing of the old one stays.
  return loggedIn ? <Shell key={language} /> : <LoginForm key={language} />;
}
