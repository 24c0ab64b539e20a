import { Alert, Button, Loader } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useEffect, useEffectEvent } from 'react';
import { messageOf } from '../api/problem.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { testRefusal, useTestConnection } from './connection-queries.js';

/** Asks the upstream live whether it speaks MCP. `atOnce`: without waiting to be told to. */
export function TestConnection({ id, atOnce = false }: { id: string; atOnce?: boolean }) {
  const test = useTestConnection(id);
  const start = useEffectEvent(() => test.mutate());
  useEffect(() => {
    if (atOnce) start();
  }, [atOnce]);
  return (
    <div role="status">
      {test.isPending && (
        <Alert variant="light" color="gray" icon={<Loader size={16} />}>
          Asking the server…
        </Alert>
      )}
      {test.isError && (
        <Alert variant="light" color="red" icon={<IconX size={18} />}>
          {messageOf(test.error)}
        </Alert>
      )}
      {test.data?.ok === false && (
        <Alert variant="light" color="red" icon={<IconX size={18} />} title={testRefusal(test.data.reason)}>
          It took {test.data.latencyMs} ms.
        </Alert>
      )}
      {test.data?.ok === true && (
        <Alert variant="light" color="green" icon={<IconCheck size={18} />} title="The server speaks MCP">
          {test.data.server && (
            <ForeignText text={`${test.data.server.name} ${test.data.server.version}`} longest={200} />
          )}
          , protocol {test.data.protocolVersion}, answered in {test.data.latencyMs} ms.
        </Alert>
      )}
      {!test.isPending && (!atOnce || test.isError || test.data?.ok === false) && (
        <Button variant="default" mt={test.isIdle ? 0 : 'xs'} onClick={() => test.mutate()}>
          {test.isIdle ? 'Test now' : 'Test again'}
        </Button>
      )}
    </div>
  );
}
