/**
 * TypeScript of an OpenAPI 3.1 description, in the form openapi-fetch reads. Knows what our own routes use of JSON
 * Schema and nothing more: a keyword that would change the type and is not known becomes `unknown`.
 * @param {{ paths: Record<string, Record<string, any>>, components: { schemas: Record<string, any> } }} document
 * @returns {string}
 */
export function openApiTypes(document) {
  const paths = Object.entries(document.paths).map(
    ([path, operations]) =>
      `  ${JSON.stringify(path)}: {\n${Object.entries(operations)
        .map(([method, operation]) => `    ${method}: ${operationType(operation)};`)
        .join('\n')}\n  };`,
  );
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) => `    ${name}: ${typeOf(schema)};`,
  );
  return [
    '// Generated from services/api/openapi.json (`npm run generate`).',
    '',
    'export interface paths {',
    ...paths,
    '}',
    '',
    'export interface components {',
    '  schemas: {',
    ...schemas,
    '  };',
    '}',
    '',
  ].join('\n');
}

function operationType({ parameters = [], requestBody, responses }) {
  const places = ['query', 'header', 'path'].map((place) => {
    const inPlace = parameters.filter((parameter) => parameter.in === place);
    if (inPlace.length === 0) return `${place}?: never`;
    const fields = inPlace.map(
      ({ name, required, schema }) => `${JSON.stringify(name)}${required ? '' : '?'}: ${typeOf(schema)}`,
    );
    const needed = inPlace.some(({ required }) => required);
    return `${place}${needed ? '' : '?'}: { ${fields.join('; ')} }`;
  });
  const body = requestBody ? `requestBody: ${contentType(requestBody)}` : 'requestBody?: never';
  const answers = Object.entries(responses).map(
    ([status, response]) => `${status === 'default' ? 'default' : status}: ${contentType(response)}`,
  );
  return `{ parameters: { ${places.join('; ')}; cookie?: never }; ${body}; responses: { ${answers.join('; ')} } }`;
}

function contentType({ content = {} }) {
  const kinds = Object.entries(content).map(
    ([type, { schema }]) => `${JSON.stringify(type)}: ${typeOf(schema)}`,
  );
  return `{ headers?: Record<string, unknown>; content: { ${kinds.join('; ')} } }`;
}

/** @param {any} schema @returns {string} */
export function typeOf(schema) {
  if (schema === undefined || schema === true) return 'unknown';
  if (schema.$ref) {
    const name = /^#\/components\/schemas\/(\w+)$/.exec(schema.$ref)?.[1];
    return name ? `components["schemas"][${JSON.stringify(name)}]` : 'unknown';
  }
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)));
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives) return union(alternatives.map(typeOf));
  if (schema.allOf) return schema.allOf.map((part) => `(${typeOf(part)})`).join(' & ');
  if (Array.isArray(schema.type)) return union(schema.type.map((type) => typeOf({ ...schema, type })));
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return `(${typeOf(schema.items)})[]`;
    case 'object':
      return objectType(schema);
    default:
      return 'unknown';
  }
}

function objectType({ properties, required = [], additionalProperties }) {
  const open = additionalProperties !== undefined && additionalProperties !== false;
  if (!properties) return `Record<string, ${open ? typeOf(additionalProperties) : 'unknown'}>`;
  const fields = Object.entries(properties).map(
    ([name, schema]) => `${JSON.stringify(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`,
  );
  const known = `{ ${fields.join('; ')} }`;
  return open ? `${known} & Record<string, unknown>` : known;
}

/** @param {string[]} types */
function union(types) {
  return [...new Set(types)].join(' | ');
}
