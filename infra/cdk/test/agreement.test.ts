/** What is written here a second time must be what the functions themselves say. */
import * as events from 'aws-cdk-lib/aws-events';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Duration } from 'aws-cdk-lib';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, test } from 'vitest';
import { CloudFrontInvalidateAction, NotificationFormat, NotifyOn, OnTimeout } from '../lib';
import { WILDCARDS_AT_MOST } from '../lib/batch';
import { PATH_CHARACTERS_AT_MOST, TAG_CHARACTERS_AT_MOST } from '../lib/invalidation-path';
import { KINDS, Target } from '../lib/targets';
import { WhenEmpty } from '../lib/when-empty';
import { userParameters } from '../lib/user-parameters';
import { distribution, invalidatorTemplate, resource, stack } from './stacks';

const ROOT = path.join(__dirname, '..', '..', '..');
const PARAMETERS = 'core/src/input/user_parameters.rs';
const SETTINGS = 'runtime/src/settings.rs';

const source = (file: string) => fs.readFileSync(path.join(ROOT, 'shared', file), 'utf8');

const TARGETS: Target[] = [
  { kind: 'distribution', id: 'E1', paths: ['/a'] },
  { kind: 'tenant', id: 'dt_1', pathsFile: 'paths.txt' },
  { kind: 'alias', id: 'www.example.com' },
];

/** All first groups of an expression, at least so many. */
function found(text: string, expression: RegExp, least: number): string[] {
  const groups = [...text.matchAll(expression)].map(([, group]) => group);
  expect(groups.length).toBeGreaterThanOrEqual(least);
  return groups;
}

/** The keys that an object of the user parameters may have, at least so many. */
function keysIn(file: string, least: number): string[] {
  const [list] = found(source(file), /const KEYS: \[&str; \d+\] = \[([^\]]*)\]/g, 1);
  return found(list, /"(\w+)"/g, least);
}

function number(text: string, constant: string): number {
  const [value] = found(text, new RegExp(`const ${constant}: (?:usize|u32) = ([0-9_]+);`, 'g'), 1);
  return Number(value.replaceAll('_', ''));
}

test('the keys of the user parameters', () => {
  const all = userParameters('Invalidate', {
    distributionId: 'E1',
    paths: ['/a'],
    maxPaths: 10,
    pipelineName: 'p',
    topicArn: 'arn:aws:sns:us-east-1:111111111111:deploys',
    timeout: Duration.minutes(5),
    notificationFormat: NotificationFormat.MIXED,
    notifyOn: NotifyOn.FAILURE,
    onTimeout: OnTimeout.RELEASE,
    wait: false,
    dryRun: true,
    whenEmpty: WhenEmpty.ALL,
  });
  // The two keys that exclude others.
  const other = userParameters('Invalidate', { targets: TARGETS, pathsFile: 'paths.txt' });
  // The library writes a tenant or an alias into Targets.
  const inTargets = ['Alias', 'DistributionTenantId'];
  const keys = new Set([...Object.keys(all), ...Object.keys(other), ...inTargets]);
  expect([...keys].sort()).toEqual(keysIn(PARAMETERS, 10).sort());
});

test('the keys of a target', () => {
  const { Targets } = userParameters('Invalidate', { targets: TARGETS });
  const keys = new Set(Targets!.flatMap((target) => Object.keys(target)));
  expect([...keys].sort()).toEqual(keysIn('core/src/input/user_parameters/targets.rs', 4).sort());
});

test('the words for a name that is none', () => {
  const identifiers = source('core/src/input/identifiers.rs');
  for (const { rule } of Object.values(KINDS)) {
    const [, example] = /(, such as .*)$/.exec(rule)!;
    expect(identifiers).toContain(`${example}"`);
  }
});

test('what may become of an action that takes too long', () => {
  const [body] = found(source(PARAMETERS), /fn on_timeout\([^{]*\{([\s\S]*?)\n\}/g, 1);
  expect(Object.values(OnTimeout)).toEqual(found(body, /^ +"(\w+)" =>/gm, 3));
});

test.each([
  ['format_named', Object.values(NotificationFormat)],
  ['notify_on', Object.values(NotifyOn)],
])('the words of %s', (reader, words) => {
  const [body] = found(source(PARAMETERS), new RegExp(`fn ${reader}\\([^{]*\\{([\\s\\S]*?)\\n\\}`, 'g'), 1);
  expect(words).toEqual(found(body, /^ +"(\w+)" =>/gm, 3));
});

test('the limits of the user parameters', () => {
  const parameters = source(PARAMETERS);
  const paths = source('core/src/input/paths.rs');
  const here = fs.readFileSync(path.join(__dirname, '..', 'lib', 'user-parameters.ts'), 'utf8');
  const limit = (constant: string) =>
    Number(found(here, new RegExp(`const ${constant} = ([0-9_]+);`, 'g'), 1)[0].replaceAll('_', ''));
  expect(limit('CHARACTERS_AT_MOST')).toBe(number(parameters, 'CHARACTERS_AT_MOST'));
  expect(limit('PIPELINE_NAME_CHARACTERS_AT_MOST')).toBe(number(parameters, 'PIPELINE_NAME_CHARACTERS_AT_MOST'));
  expect(WILDCARDS_AT_MOST).toBe(number(paths, 'WILDCARDS_AT_MOST'));
  expect(WILDCARDS_AT_MOST).toBe(number(source('core/src/model/queue.rs'), 'WILDCARDS_IN_PROGRESS'));
  expect(PATH_CHARACTERS_AT_MOST).toBe(number(paths, 'PATH_CHARACTERS_AT_MOST'));
  expect(TAG_CHARACTERS_AT_MOST).toBe(number(paths, 'TAG_CHARACTERS_AT_MOST'));
  for (const range of ['TIMEOUT_MINUTES', 'MAX_PATHS']) {
    const declared = new RegExp(`const ${range}: RangeInclusive<\\w+> = (\\d+)\\.\\.=([0-9_]+);`).exec(parameters)!;
    expect(here).toContain(`const ${range} = { least: ${declared[1]}, most: ${declared[2]} };`);
  }
});

test('the output variables', () => {
  const [body] = found(source('core/src/output/success.rs'), /fn output_variables\([^{]*\{([\s\S]*?)\n\}/g, 1);
  const there = found(body, /\(\s*"(\w+)",/g, 7);
  const action = new CloudFrontInvalidateAction({
    actionName: 'A',
    distribution: distribution(stack()),
    variablesNamespace: 'Ns',
  });
  const here = Object.keys(action.variables).map((name) => name.charAt(0).toUpperCase() + name.slice(1));
  expect(here.sort()).toEqual(there.sort());
});

test('the names of the settings', () => {
  const known = found(source(SETTINGS), /^pub const \w+: &str = "(\w+)";/gm, 8);
  const template = invalidatorTemplate((own) => ({
    defaultTopic: sns.Topic.fromTopicArn(own, 'Deploys', 'arn:aws:sns:us-east-1:111111111111:deploys'),
    eventBus: events.EventBus.fromEventBusName(own, 'EventBus', 'default'),
    allowedPipelines: { site: ['*'] },
  }));
  // The checker has those of start, and one of its own.
  const given = Object.keys(resource(template, 'CheckerFunction').Properties.Environment.Variables);
  expect(known).toEqual(expect.arrayContaining(given));
  // Lambda sets the region, and the maximum age of a status is not a property yet.
  expect(known.filter((name) => !given.includes(name))).toEqual(['STATUS_MAX_AGE_SECONDS', 'AWS_REGION']);
});

test('the defaults of the settings', () => {
  const config = source(SETTINGS);
  const { Variables } = resource(invalidatorTemplate(), 'StartFunction').Properties.Environment;
  for (const name of [
    'MAX_WAIT_SECONDS',
    'TIMEOUT_MINUTES',
    'RETENTION_DAYS',
    'RESERVED_WILDCARDS',
    'MAX_TARGETS_PER_ACTION',
    'MAX_PATHS_PER_ACTION',
  ]) {
    const read = new RegExp(`reader\\.(?:duration\\(${name}, [^,]+|count\\(${name}), ([0-9._]+),`, 'g');
    const [value] = found(config, read, 1);
    expect(Variables[name]).toBe(`${Number(value.replace('_', ''))}`);
  }
});

/** All source files of the functions and what they share. */
function everySource(folder: string): string {
  const entries = fs.readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.rs'));
  return files.map((file) => fs.readFileSync(path.join(file.parentPath, file.name), 'utf8')).join('\n');
}

test('the events that the saved queries look for', () => {
  const sources = everySource(path.join(ROOT, 'shared')) + everySource(path.join(ROOT, 'functions'));
  const queries = Object.values(invalidatorTemplate().findResources('AWS::Logs::QueryDefinition'));
  const asked = queries.flatMap(({ Properties }) => [
    ...Properties.QueryString.matchAll(/\bevent (?:=|in) ("[^"]*"|\[[^\]]*\])/g),
  ]);
  const events = asked.flatMap(([, text]) => [...text.matchAll(/"([^"]*)"/g)].map(([, event]) => event));
  expect(events).toHaveLength(21);
  for (const event of events) {
    expect(sources).toContain(`"${event}"`);
  }
});

test('the outputs of the template that needs no CDK are those of the SAM template', () => {
  const infra = path.join(ROOT, 'infra');
  const [, outputs] = fs.readFileSync(path.join(infra, 'sam', 'template.yaml'), 'utf8').split(/^Outputs:\n/m);
  const example = fs.readFileSync(path.join(infra, 'cdk', 'example', 'template.ts'), 'utf8');
  const ofSam = found(outputs, /^ {2}(\w+):$/gm, 10);
  // It creates no topic.
  expect(found(example, /new CfnOutput\(stack, '(\w+)'/g, 10)).toEqual(ofSam.filter((name) => name !== 'TopicArn'));
});
