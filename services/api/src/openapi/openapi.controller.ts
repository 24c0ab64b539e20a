import { Controller, Inject } from '@nestjs/common';
import { ApiRoute } from '../http/route.decorators.js';
import { getOpenApi } from './openapi.routes.js';

/** The document, made once at start. */
export const OPENAPI_DOCUMENT = Symbol('OPENAPI_DOCUMENT');

@Controller()
export class OpenApiController {
  constructor(@Inject(OPENAPI_DOCUMENT) private readonly document: object) {}

  @ApiRoute(getOpenApi)
  get() {
    return this.document;
  }
}
