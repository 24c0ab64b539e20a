/** An engine or a deployment that could not start or run; the message is one line meant for a person. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
}
