import { notifications } from '@mantine/notifications';
import { messageOf } from '../api/problem.js';
import { visibleText } from '../pieces/hostile-text.js';

/** A short word that something was done. */
export function notice(message: string): void {
  notifications.show({ message: visibleText(message, 500), autoClose: 4_000, withBorder: true });
}

/** For `onError` of what a person started: says that it failed and why, and stays until it is read. */
export function reportProblem(title: string): (error: unknown) => void {
  return (error) => {
    notifications.show({
      title,
      message: visibleText(messageOf(error), 1_000),
      color: 'red',
      autoClose: false,
      withBorder: true,
      role: 'alert',
    });
  };
}
