import { Alert, Button, Group, Stack, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { messageOf } from '../api/problem.js';
import { visibleText } from './hostile-text.js';
import { Dialog } from './dialog.js';

interface ConfirmProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly children: ReactNode;
  /** Word on the button: what will be done. */
  readonly action: string;
  /** Rejects when it could not be done: the reason is shown, the dialog stays. */
  readonly onConfirm: () => Promise<unknown>;
  /** A word to type first, for what cannot be taken back. */
  readonly word?: string;
}

/** Asks once more before something that hurts. */
export function Confirm({ opened, onClose, title, ...rest }: ConfirmProps) {
  return (
    <Dialog opened={opened} onClose={onClose} title={visibleText(title, 200)} size="md">
      {opened && <Question onClose={onClose} {...rest} />}
    </Dialog>
  );
}

function Question({ onClose, children, action, onConfirm, word }: Omit<ConfirmProps, 'opened' | 'title'>) {
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const confirm = async () => {
    setBusy(true);
    try {
      await onConfirm();
      onClose();
    } catch (error) {
      setProblem(messageOf(error));
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void confirm();
      }}
    >
      <Stack>
        <div>{children}</div>
        {problem !== undefined && (
          <Alert color="red" variant="light" role="alert">
            {problem}
          </Alert>
        )}
        {word !== undefined && (
          <TextInput
            label={`Type ${word} to go on`}
            autoComplete="off"
            data-autofocus
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="red" loading={busy} disabled={word !== undefined && typed !== word}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
