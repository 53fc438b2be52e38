import '@fontsource-variable/inter/wght.css';
import './ui/tokens.css';
import './ui/base.css';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Failure } from './api/client';
import { closeSession, restoreSession } from './api/session';
import { App } from './app';
import { startLanguage } from './strings';
import { Boundary } from './ui/boundary';

function onError(error: Error) {
  if (error instanceof Failure && error.kind === 'refused') closeSession('expired');
}

const client = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      // The page asks again at its own interval, also in a hidden tab (whose title and icon show the state), and it judges by answers, not by
      // what the browser thinks of the network.
      retry: false,
      refetchIntervalInBackground: true,
      networkMode: 'always',
    },
  },
});

void restoreSession();

function render(root: HTMLElement) {
  createRoot(root).render(
    <StrictMode>
      <Boundary>
        <QueryClientProvider client={client}>
          <App />
        </QueryClientProvider>
      </Boundary>
    </StrictMode>,
  );
}

const root = document.getElementById('page');
if (root) void startLanguage().then(() => render(root));
