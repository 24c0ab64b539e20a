import { policyEventSchemas } from '@portcullis/contracts';
import { EventCatalogue } from '@portcullis/eventing';

/** Every event type is at its first version. A changed shape gets the next one here, and an upcaster. */
export const policyCatalogue = new EventCatalogue(
  Object.fromEntries(
    Object.entries(policyEventSchemas).map(([type, schema]) => [type, { version: 1, schema }]),
  ),
);
