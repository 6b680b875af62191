// Reads samples by parsers in npm packages: each line of standard input is a JSON array of requests, each line of standard output
// the array of their replies, {"value": …} or {"refused": …}. Nothing of what is shipped names or contains these packages.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [, , folder] = process.argv;
const require = createRequire(join(folder, 'here.cjs'));

// What the compiler has read of declarations, which do not change.
const declarations = new Map();
const KINDS = { schema, stamp, metrics, exports: exported };

/** By a schema of Powertools. */
function schema({ name, value }) {
  const read = require('@aws-lambda-powertools/parser/schemas')[name].safeParse(value);
  if (read.success) return read.data;
  const [first] = read.error.issues;
  throw new Error(`${first.path.join('.')}: ${first.message}`);
}

/** The names of the schemas that Powertools has. */
function exported() {
  return Object.keys(require('@aws-lambda-powertools/parser/schemas'));
}

/** A timestamp in milliseconds, if zod accepts it as ISO 8601 with a zone. */
function stamp({ value }) {
  const read = require('zod').z.iso.datetime({ offset: true }).safeParse(value);
  if (!read.success) throw new Error(read.error.issues[0].message);
  return Date.parse(value);
}

/** The line that AWS's library writes for the same metrics. */
function metrics({ value: { namespace, dimensions, metrics: all, timestamp } }) {
  const { MetricsContext } = require('aws-embedded-metrics/lib/logger/MetricsContext');
  const { LogSerializer } = require('aws-embedded-metrics/lib/serializers/LogSerializer');
  const context = MetricsContext.empty();
  context.setNamespace(namespace);
  context.setDimensions([dimensions], false);
  for (const [name, value, unit] of all) context.putMetric(name, value, unit);
  // setTimestamp would refuse what is older than two weeks, as CloudWatch does.
  context.meta.Timestamp = timestamp;
  return new LogSerializer().serialize(context);
}

/** By the compiler, as object literals of types of DefinitelyTyped, which may have no member that the type does not know. */
function compiled(requests) {
  if (requests.length === 0) return [];
  const ts = require('typescript');
  const place = join(folder, 'samples.ts');
  const lines = requests.map(({ type, value }, at) => `export const s${at}: import('aws-lambda').${type} = ${JSON.stringify(value)};`);
  const options = { strict: true, noEmit: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 };
  const host = ts.createCompilerHost(options);
  const [read, exists] = [host.getSourceFile, host.fileExists];
  host.fileExists = (name) => name === place || exists(name);
  host.getSourceFile = (name, language) => {
    if (name === place) return ts.createSourceFile(name, lines.join('\n'), language);
    if (!declarations.has(name)) declarations.set(name, read(name, language));
    return declarations.get(name);
  };
  const replies = requests.map(() => ({ value: 'accepted' }));
  for (const each of ts.getPreEmitDiagnostics(ts.createProgram([place], options, host))) {
    const message = ts.flattenDiagnosticMessageText(each.messageText, '\n').split('\n').at(-1).trim();
    if (each.file?.fileName !== place) throw new Error(message);
    const { line } = each.file.getLineAndCharacterOfPosition(each.start);
    replies[line] = { refused: message.replace(/ (in|to) type .*/s, '') };
  }
  return replies;
}

function reply(request) {
  try {
    return { value: KINDS[request.kind](request) };
  } catch (error) {
    return { refused: error.message.split('\n')[0] };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const requests = JSON.parse(line);
  const types = compiled(requests.filter(({ kind }) => kind === 'type'));
  console.log(JSON.stringify(requests.map((each) => (each.kind === 'type' ? types.shift() : reply(each)))));
}
