// As services/api's create-person does: takes the person on standard input and says nothing.
import { text } from 'node:stream/consumers';

const { email, password, organizationId } = JSON.parse(await text(process.stdin));
process.exitCode = email && password && organizationId ? 0 : 1;
