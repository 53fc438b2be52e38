// The whole page, in the place of its first picture.
import '@fontsource-variable/inter/wght.css';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode, startTransition, useLayoutEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { Failure } from './api/client';
import { closeSession } from './api/session';
import type { Overview } from './api/types';
import { App } from './app';
import { keepOverview } from './health/overview';
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

/** The picture goes in the moment in which the page is there. */
function InPlaceOf({ picture, children }: { picture: HTMLElement; children: React.ReactNode }) {
  useLayoutEffect(() => picture.remove(), [picture]);
  return children;
}

/** `overview`: what was already answered, null: nothing yet. */
export function start(root: HTMLElement, picture: HTMLElement, overview: Overview | null) {
  if (overview) keepOverview(client, overview);
  const page = (
    <StrictMode>
      <Boundary>
        <QueryClientProvider client={client}>
          <InPlaceOf picture={picture}>
            <App />
          </InPlaceOf>
        </QueryClientProvider>
      </Boundary>
    </StrictMode>
  );
  // A little at a time: the picture stands meanwhile, and the browser stays free for whoever scrolls or types.
  startTransition(() => createRoot(root).render(page));
}
