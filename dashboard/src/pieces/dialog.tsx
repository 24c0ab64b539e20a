import { Modal, type ModalProps } from '@mantine/core';
import { useEffect, useRef, useState, type RefObject } from 'react';

/**
 * Every dialog of the dashboard: one that stays on the page and is opened and closed there (`opened`), and one that is on
 * the page for as long as it is open. Either way the focus is again where it was once it is gone.
 */
export function Dialog({ opened = true, ...props }: Partial<ModalProps> & Pick<ModalProps, 'onClose'>) {
  const root = useRef<HTMLDivElement>(null);
  return (
    <>
      {opened && <FocusReturn dialog={root} />}
      <Modal ref={root} opened={opened} returnFocus={false} {...props} />
    </>
  );
}

/** Remembers what has the focus when it comes, and gives it back when it goes. */
function FocusReturn({ dialog }: { readonly dialog: RefObject<HTMLDivElement | null> }) {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // After the dialog has closed, though it may still be fading, and unless something else has taken the focus.
      setTimeout(() => {
        const { activeElement, body } = document;
        const taken =
          activeElement !== null &&
          activeElement !== body &&
          dialog.current?.contains(activeElement) !== true;
        if (!taken && before instanceof HTMLElement && before.isConnected)
          before.focus({ preventScroll: true });
      });
    },
    [before, dialog],
  );
  return null;
}
