import { useQuery } from '@tanstack/react-query';
import { Navigate } from '@tanstack/react-router';
import { connectionsQuery } from '../connections/connection-queries.js';
import { useMay } from '../identity/me.js';
import { SkeletonRows } from '../pieces/states.js';
import { firstCallsQuery } from './first-steps.js';

/** Where `/` leads: to the first steps while nothing runs, to the live page after. */
export function HomePage() {
  const maySee = useMay('connections:read');
  const maySeeCalls = useMay('audit:read');
  const connections = useQuery({ ...connectionsQuery, enabled: maySee });
  const calls = useQuery({ ...firstCallsQuery, enabled: maySeeCalls });
  const known = (!maySee || !connections.isPending) && (!maySeeCalls || !calls.isPending);
  if (!known) return <SkeletonRows />;
  const started = connections.data === undefined || connections.data.length > 0;
  const called = calls.data === undefined || calls.data.length > 0;
  return <Navigate to={started && called ? '/live' : '/welcome'} replace />;
}
