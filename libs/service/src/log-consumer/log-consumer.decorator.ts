import { applyDecorators, Catch, Controller, type RpcExceptionFilter, UseFilters } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';

/** Hands the handler's own error to the log, where Nest's default would put "Internal server error" in its place. */
@Catch()
class RethrowToLog implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/**
 * A controller whose `@EventPattern('<topic>')` methods get batches of that topic (`@Payload() batch: LogBatch`,
 * `@Ctx() context: LogContext`). Returning commits the batch; throwing means that it comes again.
 *
 * A method that also takes the context, or nothing, needs `@EventPattern<string>('<topic>')`: the type Nest infers
 * otherwise allows for one parameter.
 */
export function LogConsumer(): ClassDecorator {
  return applyDecorators(Controller(), UseFilters(RethrowToLog));
}
