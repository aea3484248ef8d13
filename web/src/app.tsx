import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { RollcallError } from './api/request.ts';
import { LiveProvider } from './live/live-context.tsx';
import { router } from './router.tsx';
import { SessionProvider } from './shell/session.tsx';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) =>
        count < 2 && error instanceof RollcallError && (error.status === null || error.status >= 502),
    },
  },
});

/** The policy of the server allows no style elements: what Base UI would write into one is in styles/base.css. */
export function App() {
  return (
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queries}>
        <SessionProvider>
          <LiveProvider>
            <RouterProvider router={router} />
          </LiveProvider>
        </SessionProvider>
      </QueryClientProvider>
    </CSPProvider>
  );
}
