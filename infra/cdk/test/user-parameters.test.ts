import { Aws, Duration, Fn, Lazy, Token } from 'aws-cdk-lib';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import { describe, expect, test } from 'vitest';
import { PATH_FAULTS, pathFault } from '../lib/invalidation-path';
import { NotificationFormat, NotifyOn } from '../lib/notification';
import { OnTimeout } from '../lib/on-timeout';
import { remarked } from '../lib/remarks';
import { Target } from '../lib/targets';
import { userParameters, Wishes } from '../lib/user-parameters';
import { WhenEmpty } from '../lib/when-empty';

const DISTRIBUTION = 'E2EXAMPLE1ABCD';

const read = (wishes: Partial<Wishes>) => () =>
  userParameters('Invalidate', { distributionId: DISTRIBUTION, ...wishes });
/** Parameters of these targets. */
const targets = (...given: Target[]): Partial<Wishes> => ({ distributionId: undefined, targets: given });
const several = (...ids: string[]): Partial<Wishes> => ({ distributionId: undefined, distributionIds: ids });
const alias = (id: string): Target => ({ kind: 'alias', id });
const wildcards = (count: number) => Array.from({ length: count }, (_, index) => `/${index}/*`);
/** Parameters of exactly so many characters. */
const sized = (characters: number): Partial<Wishes> => {
  const around = JSON.stringify({ DistributionId: DISTRIBUTION, Paths: ['/'] }).length;
  return { paths: [`/${'a'.repeat(characters - around)}`] };
};

const sizedTargets = (characters: number): Partial<Wishes> => {
  const given = (paths: string[]) => targets({ ...alias('www.example.com'), paths });
  const around = JSON.stringify({ Targets: [{ Alias: 'www.example.com', Paths: ['/'] }] }).length;
  return given([`/${'a'.repeat(characters - around)}`]);
};
const longestName = [63, 63, 63, 61].map((length) => 'a'.repeat(length)).join('.');

describe('parameters', () => {
  test.each<[string, Partial<Wishes>]>([
    ['15 wildcards', { paths: wildcards(15) }],
    ['the same wildcard twenty times', { paths: Array(20).fill('/*') }],
    ['wildcards of which one covers the rest', { paths: [...wildcards(20), '/*'] }],
    ['more wildcards that may be merged', { paths: wildcards(20), maxPaths: 3_000 }],
    ['one path', { maxPaths: 1 }],
    ['an empty list that succeeds', { paths: [], whenEmpty: WhenEmpty.SUCCEED }],
    ['a file', { pathsFile: 'Build::paths.txt', whenEmpty: WhenEmpty.ALL }],
    ['3,964 characters, once they are encoded', { paths: [`/${'日'.repeat(440)}%61`] }],
    ['1,000 characters', sized(1_000)],
    [
      '1,000 characters of which one counts as two in UTF-16',
      { pipelineName: '🚀', ...sized(1_000 - ',"PipelineName":"x"'.length) },
    ],
    ['the shortest time-out', { timeout: Duration.minutes(1) }],
    ['the longest time-out', { timeout: Duration.hours(23) }],
    ['a FIFO topic', { topicArn: 'arn:aws-us-gov:sns:us-gov-west-1:111111111111:x.fifo' }],
    ['a name with a space', { pipelineName: 'my pipeline' }],
    ['several distributions', several('E1', 'E2')],
    ['one distribution in a list', several('E1')],
    [
      'a distribution and a tenant with one id',
      targets({ kind: 'tenant', id: 'dt_E1' }, { kind: 'distribution', id: 'E1' }),
    ],
    ['the longest id of a tenant', targets({ kind: 'tenant', id: `dt_${'a'.repeat(61)}` })],
    ['the longest domain name', targets(alias(longestName))],
    ['a wildcard domain name', targets(alias('*.example.com'), alias('www.example.com'))],
    ['a domain name in capitals', targets(alias('WWW.Example.COM'))],
    [
      '15 wildcards for each target',
      targets(...['E1', 'E2'].map((id) => ({ kind: 'distribution' as const, id, paths: wildcards(15) }))),
    ],
    [
      'more wildcards for one target, merged',
      { ...targets({ ...alias('a.example.com'), paths: wildcards(16) }), maxPaths: 9 },
    ],
    ['1,000 characters with targets', sizedTargets(1_000)],
    ...Object.values(NotificationFormat).map((one): [string, Partial<Wishes>] => [one, { notificationFormat: one }]),
    ...Object.values(NotifyOn).map((one): [string, Partial<Wishes>] => [`notify on ${one}`, { notifyOn: one }]),
    ...Object.values(OnTimeout).map((onTimeout): [string, Partial<Wishes>] => [onTimeout, { onTimeout }]),
  ])('taken: %s', (_what, wishes) => {
    expect(read(wishes)).not.toThrow();
  });

  test.each<[string, Partial<Wishes>]>([
    ["distribution must have a distribution's id", { distributionId: 'www.example.com' }],
    ['paths and pathsFile are both given', { paths: ['/a'], pathsFile: 'paths.txt' }],
    [
      "distribution must have a distribution's id",
      { distributionId: 'arn:aws:cloudfront::111111111111:distribution/E1' },
    ],
    ["distribution must have a distribution's id", { distributionId: 'E' }],
    ["distribution must have a distribution's id", { distributionId: '*' }],
    ['distribution is missing; add the distribution to invalidate', { distributionId: undefined }],
    ['distribution and distributions are both given', { distributionIds: ['E1'] }],
    ['targets and distribution are both given; name each', { targets: [alias('www.example.com')] }],
    ['targets and distribution are both given', { ...several('E1'), targets: [alias('www.example.com')] }],
    ['distributions is an empty array; name at least one distribution', several()],
    ["distributions item 2 must have a distribution's id", several('E1', 'www.example.com')],
    ['distributions names a distribution more than once; keep one', several('E1', 'E2', 'E1')],
    ['targets is an empty array; name at least one target', targets()],
    [
      "targets item 1 is wrong: distribution must have a distribution's id",
      targets({ kind: 'distribution', id: 'dt_1' }),
    ],
    [
      "targets item 2 is wrong: distribution tenant must have a distribution tenant's id, such as dt_2wj",
      targets(alias('a.example.com'), { kind: 'tenant', id: 'E1' }),
    ],
    ["must have a distribution tenant's id", targets({ kind: 'tenant', id: 'dt_' })],
    ["must have a distribution tenant's id", targets({ kind: 'tenant', id: `dt_${'a'.repeat(62)}` })],
    ...[
      'localhost',
      'https://www.example.com',
      'www.example.com/',
      'a..example.com',
      'a.*.com',
      '',
      `${longestName}a`,
    ].map((name): [string, Partial<Wishes>] => [
      'targets item 1 is wrong: alias must be a domain name',
      targets(alias(name)),
    ]),
    [
      'targets names a target more than once; put its paths together',
      targets(alias('a.example.com'), alias('A.Example.com')),
    ],
    [
      'targets item 1 is wrong: paths is invalid at item 2: it must begin with "/"',
      targets({ ...alias('a.example.com'), paths: ['/a', 'b'] }),
    ],
    [
      'targets item 1 is wrong: paths contains 16 wildcards',
      targets({ ...alias('a.example.com'), paths: wildcards(16) }),
    ],
    ['targets item 1 is wrong: paths is empty', targets({ ...alias('a.example.com'), paths: [] })],
    ['have at least 1001 characters', sizedTargets(1_001)],
    [
      'notificationFormat must be "text", "json", "chat" or "mixed"',
      { notificationFormat: 'xml' as NotificationFormat },
    ],
    ['notifyOn must be "always", "failure" or "change"', { notifyOn: 'never' as NotifyOn }],
    ['onTimeout must be "fail", "succeed" or "release"', { onTimeout: 'ignore' as OnTimeout }],
    ['paths is empty', { paths: [] }],
    ['paths is invalid at item 2: it must begin with "/"', { paths: ['/a', 'index.html'] }],
    ['paths contains 16 wildcards', { paths: wildcards(16) }],
    ['paths contains 16 wildcards', { paths: [...wildcards(16), '/1/2/*', '/1/3'] }],
    ["paths is invalid at item 1: it is longer than CloudFront's 4,000", { paths: [`/${'日'.repeat(445)}`] }],
    ['paths is invalid at item 1: it begins or ends with a space', { paths: ['/a\u3000'] }],
    ['paths is invalid at item 1: it begins or ends with a space', { paths: ['\u0085/a'] }],
    ['maxPaths must be a whole number of paths from 1 to 3000', { maxPaths: 0 }],
    ['maxPaths must be a whole number of paths from 1 to 3000', { maxPaths: 1.5 }],
    ['maxPaths must be a whole number of paths from 1 to 3000', { maxPaths: 3_001 }],
    ['maxPaths must be a whole number of paths from 1 to 3000', { maxPaths: NaN }],
    ['paths must be a list that is known at synthesis', { paths: Fn.split(',', Aws.STACK_NAME) }],
    ['pipelineName is empty', { pipelineName: '' }],
    ['pipelineName contains the invisible character U+000A; remove it', { pipelineName: 'a\nb' }],
    ['pipelineName contains the invisible character U+2028; remove it', { pipelineName: 'a\u2028b' }],
    ['pipelineName contains the invisible character U+202E; remove it', { pipelineName: '\u202Eb' }],
    ['pipelineName contains the invisible character U+E0041; remove it', { pipelineName: 'a\u{E0041}' }],
    ["pipelineName must be the pipeline's name", { pipelineName: 'x'.repeat(257) }],
    ['topic must have the ARN of an SNS topic', { topicArn: 'arn:aws:sqs:us-east-1:111111111111:q' }],
    ['topic must have the ARN of an SNS topic', { topicArn: 'arn:aws:sns:us-east-1:1:x' }],
    ['timeout must be a whole number of minutes from 1 to 1380', { timeout: Duration.seconds(59) }],
    ['timeout must be a whole number of minutes from 1 to 1380', { timeout: Duration.seconds(90) }],
    ['timeout must be a whole number of minutes from 1 to 1380', { timeout: Duration.minutes(1_381) }],
    ['have at least 1001 characters, and CodePipeline allows 1000', sized(1_001)],
  ])('refused: %s', (fault, wishes) => {
    expect(read(wishes)).toThrow(fault);
  });

  test('all faults are reported together, with the action that has them', () => {
    expect(read({ distributionId: 'x', paths: ['a', 'b'], timeout: Duration.days(2) })).toThrow(
      /^The action Invalidate cannot invalidate: distribution .*; paths is invalid at item 1: .*; paths is invalid at item 2: .*; timeout .*\.$/,
    );
  });
});

describe('what only deployment or execution knows', () => {
  const token = Aws.STACK_NAME;
  const variable = codepipeline.GlobalVariables.executionId;
  /** How a namespace that is not chosen yet stands in another action's variable. */
  const lateVariable = `#{${Lazy.string({ produce: () => 'Ns' })}.BranchName}`;

  test.each([
    token,
    variable,
    lateVariable,
    `/${token}/*`,
    `/${variable}/a.html`,
    `${token}*`,
    `${lateVariable}/x`,
    `/a${token}b${variable}`,
    `#${token}`,
    `#product:${variable}`,
    `#~${token}[x]`,
    `#${token}%2A`,
    // These may be tags.
    `${token}~`,
    `${variable}%2a`,
    // The unknown part may be no padding.
    `${token} a b`,
    // What follows the separator may be no item.
    `/a,${token}`,
    `/a ${variable}/b`,
    `/a;${token}b`,
    `/a b ${token}/c`,
    `/café/${token}%7`,
  ])('may stand in a path: %s', (path) => {
    expect(pathFault(path)).toBeUndefined();
  });

  test.each([
    alias(token),
    alias(`www.${token}`),
    alias(`#{Source.Branch}.Example.com`),
    { kind: 'tenant' as const, id: token },
    { kind: 'distribution' as const, id: token },
  ])('may name a target: %j', (target) => {
    expect(read(targets(target))).not.toThrow();
  });

  test.each([
    alias(`https://${token}`),
    alias(`${token}/index.html`),
    alias(`#{Source.Branch}.example com`),
    { kind: 'tenant' as const, id: '#{Source.Tenant}' },
  ])('does not permit a known error of a target: %j', (target) => {
    expect(read(targets(target))).toThrow('targets item 1 is wrong: ');
  });

  test('names the same thing twice only where it is written alike', () => {
    expect(read(targets(alias(token), alias(token)))).toThrow('names a target more than once');
    expect(read(targets(alias('#{a.b}.example.com'), alias('#{a.b}.example.com')))).toThrow('more than once');
    expect(read(targets(alias('#{a.b}.example.com'), alias('#{A.b}.example.com')))).not.toThrow();
    expect(read(several(token, token))).toThrow('names a distribution more than once');
    expect(read(several(token, Aws.REGION))).not.toThrow();
  });

  test.each([
    [`a${token}`, 'must begin with "/"'],
    [`a/${variable}`, 'must begin with "/"'],
    [`/*${token}`, 'contains a "*" that is not its last character'],
    [`/${lateVariable}*/a`, 'contains a "*" that is not its last character'],
    [`/${token}/~`, 'contains "~"'],
    [` ${token}`, 'begins or ends with a space'],
    [`/${variable} `, 'begins or ends with a space'],
    [`${token}\na`, 'contains a control character'],
    [`${token} /a b`, 'looks like several paths'],
    [`${token}\n/`, 'looks like several paths'],
    [`/${variable},/b`, 'looks like several paths'],
    [`#${token},`, 'looks like several paths'],
    [`C:/${token}`, 'begins with a Windows drive'],
    [`/${token}/\${VERSION}/*`, 'contains a shell variable'],
    [`#{$VERSION}/${token}`, 'contains a shell variable'],
    ['/#{BranchName}/*', 'contains a variable that CodePipeline did not replace'],
    [`https://${token}/a`, 'is a full URL'],
    [`/${token}/%2a`, 'ends with "%2A"'],
    [`${token}*a`, 'contains a "*" that is not its last character'],
    [`#${token}*`, 'is a cache tag with a "*"'],
    [`#${token},a`, 'is a cache tag with a comma'],
    [`#a b${token}`, 'is a cache tag with a comma'],
    [`#${'t'.repeat(128)}${token}${'t'.repeat(129)}`, 'is a cache tag of more than 256 characters'],
    [`/${token}${'日'.repeat(445)}`, 'is longer'],
  ])('does not permit a known error: %s', (path, fault) => {
    expect(PATH_FAULTS[pathFault(path)!]).toContain(fault);
  });

  test.each([
    ['/**/*', token, true],
    ['/**/*', `${variable}*`, true],
    ['/**/*', '/*', true],
    [`/a/*/${token}`, '/a/*', true],
    [`/${token}/*/a`, '/*', true],
    [`/${token}/*/a`, '/a*', true],
    [`/b${token}/*/a`, '/a*', false],
    [`/${token} /a`, '/*', true],
    [`/${token} /a`, '/a*', false],
    ['/**/*', `/a/${token}*`, false],
    ['/**/*', `#${token}`, false],
  ])('a wrong item may be covered: %s by %s', (wrong, right, isTaken) => {
    const reading = expect(read({ distributionId: 'E1', paths: [wrong, right] }));
    (isTaken ? reading.not : reading).toThrow('paths is invalid at item 1');
  });

  test('is no fault anywhere', () => {
    const minutes = Duration.minutes(Token.asNumber({ resolve: () => 5 }));
    expect(
      read({
        distributionId: token,
        topicArn: token,
        pipelineName: `${token}${variable}`,
        paths: [token],
        maxPaths: Token.asNumber({ resolve: () => 5 }),
        timeout: minutes,
      }),
    ).not.toThrow();
  });

  test('counts for nothing against the limit, and the rest counts', () => {
    const plain = sized(1_000).paths![0];
    expect(read({ paths: [`${plain}${token}`] })).not.toThrow();
    expect(read({ paths: [`${plain}a${token}`] })).toThrow('at least 1001 characters');
    // A variable stands in the configuration as it is written.
    expect(read({ paths: [`${plain}#{a.b}`] })).toThrow('at least 1006 characters');
    const minutes = Duration.minutes(Token.asNumber({ resolve: () => 5 }));
    const around = ',"TimeoutMinutes":1'.length;
    expect(read({ ...sized(1_000 - around), timeout: minutes })).not.toThrow();
    expect(read({ ...sized(1_001 - around), timeout: minutes })).toThrow('at least 1001 characters');
  });

  test.each([
    [
      [`/a//${token}`, `/b/../c${token}`, `/x?Signature=${token}`],
      ['DoubledSlash', 'Dots', 'Signed'],
    ],
    [
      [`/é${token}`, `/%2520${token}`, `/%41${token}`],
      ['Encoded', 'EncodedTwice', 'EncodedNeedlessly'],
    ],
    [[`/%${token}`], []],
    [[`/b/%4${variable}`], []],
    [[`/a/..${token}`], []],
    [[`/x?NoSignature=${token}`], []],
    // It may be a tag, or a wildcard that covers the other.
    [[`${token}//a`], []],
    [['/a//b', token], []],
    [['/a//b', `/b${token}`], ['DoubledSlash']],
    [['/a//b', `/a${token}`], []],
    [[`/a//${token}`, `/a//b${token}*`], []],
  ])('is noted only where it is certain: %j', (paths, remarks) => {
    expect(remarked(paths).map(({ remark }) => remark)).toEqual(remarks);
  });

  test('so nothing is noted of what may be merged', () => {
    const paths = ['/a//b', '/b'];
    expect(remarked(paths, 2)).toHaveLength(1);
    expect(remarked(paths, 1)).toEqual([]);
    expect(remarked(paths, Token.asNumber({ resolve: () => 2 }))).toEqual([]);
    expect(remarked([...wildcards(15), '/a//*'], 100)).toEqual([]);
  });

  test('may cover wildcards, which then do not count', () => {
    expect(read({ paths: [...wildcards(16), token] })).not.toThrow();
    expect(read({ paths: [...wildcards(16), `/${token}*`] })).not.toThrow();
    expect(read({ paths: [`/${token}*`, ...wildcards(16)] })).not.toThrow();
    expect(read({ paths: Array(16).fill(`/${token}/*`) })).not.toThrow();
    expect(read({ paths: [...wildcards(15), `/1${token}*`] })).not.toThrow();
    expect(read({ paths: [...wildcards(15), `/a${token}*`] })).toThrow('paths contains 16 wildcards');
    expect(read({ paths: [...wildcards(16), `/${token}/a`] })).toThrow('paths contains 16 wildcards');
    expect(read({ paths: [...wildcards(16), `/a${token}`] })).toThrow('paths contains 16 wildcards');
  });

  test('a wildcard behind it counts', () => {
    expect(read({ paths: Array.from({ length: 16 }, (_, index) => `/${index}/${token}*`) })).toThrow(
      'paths contains 16 wildcards',
    );
  });
});
