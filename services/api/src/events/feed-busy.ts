/** Too many clients, or too many that catch up. They may come again. */
export class FeedBusy extends Error {
  readonly code = 'events.busy';
}
