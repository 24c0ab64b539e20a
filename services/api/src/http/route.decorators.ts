import {
  applyDecorators,
  createParamDecorator,
  Delete,
  Get,
  HttpCode,
  Patch,
  Post,
  Put,
  SetMetadata,
  type ExecutionContext,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { RouteDefinition, RouteInput } from './route.js';

export const ROUTE_METADATA = 'portcullis:route';

const METHODS = { GET: Get, POST: Post, PUT: Put, PATCH: Patch, DELETE: Delete } as const;

/** Binds a controller method to its route definition. */
export function ApiRoute(definition: RouteDefinition): MethodDecorator {
  return applyDecorators(
    METHODS[definition.method](definition.path),
    HttpCode(definition.status ?? 200),
    SetMetadata(ROUTE_METADATA, definition),
  );
}

export function routeOf(context: ExecutionContext): RouteDefinition {
  const definition = Reflect.getMetadata(ROUTE_METADATA, context.getHandler()) as RouteDefinition | undefined;
  if (definition === undefined) throw new Error(`route without a definition: ${context.getHandler().name}`);
  return definition;
}

/** The validated input of the route; a ZodError becomes a 400 with pointers. */
export const Input = createParamDecorator(
  (_: unknown, context: ExecutionContext): RouteInput<RouteDefinition> => {
    const definition = routeOf(context);
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    return {
      params: definition.params?.parse(request.params) as undefined,
      query: definition.query?.parse(request.query) as undefined,
      body: definition.body?.parse(request.body ?? {}) as undefined,
    };
  },
);
