// A schema as tools of npm take it. Standard input has {schema, documents}; standard output gets {fault, verdicts, types}: why ajv
// refuses the schema in its strict mode, if it does; what ajv has against each document; and the types that
// json-schema-to-typescript makes of the schema.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const [, , folder] = process.argv;
const require = createRequire(join(folder, 'here.cjs'));
const Ajv = require('ajv/dist/2020').default;
const addFormats = require('ajv-formats').default;
const { compile } = await import(pathToFileURL(require.resolve('json-schema-to-typescript')));

const { schema, documents } = JSON.parse(await text(process.stdin));
const ajv = new Ajv({ strict: true, allErrors: true });
addFormats(ajv);
let fault = null;
let verdicts = [];
try {
  const validate = ajv.compile(schema);
  verdicts = documents.map((document) => (validate(document) ? null : ajv.errorsText(validate.errors)));
} catch (error) {
  fault = error.message;
}
const { title, ...untitled } = schema;
const types = await compile(untitled, 'Outcome', { bannerComment: '' });
console.log(JSON.stringify({ fault, verdicts, types }));
