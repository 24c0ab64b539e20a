import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { ErrorState } from '../pieces/states.js';

/** In the place of a page that could not be shown. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return <ErrorState error={error} onRetry={retry} title="This page could not be shown" />;
}
