import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, test } from 'vitest';
import { CODE_FOLDER_CONTEXT, prebuiltCode } from '../lib/prebuilt-code';
import { ARM_64, placeholderCode, X86_64 } from './placeholder-code';

const code = (folder: string, architecture: lambda.Architecture) => {
  const stack = new Stack(new App({ context: { [CODE_FOLDER_CONTEXT]: folder } }));
  return () => prebuiltCode(stack, 'start', architecture);
};

test('a build for the right processor is taken', () => {
  expect(code(placeholderCode(ARM_64), lambda.Architecture.ARM_64)).not.toThrow();
  expect(code(placeholderCode(X86_64), lambda.Architecture.X86_64)).not.toThrow();
});

test('one for another is not, for Lambda would take it and fail at each invocation', () => {
  expect(code(placeholderCode(X86_64), lambda.Architecture.ARM_64)).toThrow(
    /is no arm64 executable: build it with `cargo lambda build --release --arm64 --bin start --bin checker`/,
  );
  expect(code(placeholderCode(ARM_64), lambda.Architecture.X86_64)).toThrow(/build --release --x86-64/);
});

test('what is no executable is not taken either', () => {
  const folder = placeholderCode();
  fs.writeFileSync(path.join(folder, 'start', 'bootstrap'), '#!/bin/sh\n');
  expect(code(folder, lambda.Architecture.ARM_64)).toThrow(/is no arm64 executable/);
});

const withMode = (mode: string) => {
  const folder = placeholderCode();
  fs.chmodSync(path.join(folder, 'start', 'bootstrap'), parseInt(mode, 8));
  return folder;
};

test.each(['644', '600', '700', '744', '750', '111'])(
  'a bootstrap with mode %s is refused, because Lambda could not run it',
  (mode) => {
    expect(code(withMode(mode), lambda.Architecture.ARM_64)).toThrow(
      /bootstrap has the mode 0[0-7]{3}, .*"permission denied": run `chmod 755 .*start\/bootstrap`/,
    );
  },
);

test.each(['755', '555', '775'])('a bootstrap with mode %s is taken', (mode) => {
  expect(code(withMode(mode), lambda.Architecture.ARM_64)).not.toThrow();
});

test('the bootstrap alone is the asset, with its mode, whatever lies beside it', () => {
  const staged = (prepare: (folder: string) => void) => {
    const folder = placeholderCode();
    prepare(path.join(folder, 'start'));
    const app = new App({ context: { [CODE_FOLDER_CONTEXT]: folder }, analyticsReporting: false });
    const own = new Stack(app, 'Stack');
    new lambda.Function(own, 'Start', {
      runtime: lambda.Runtime.PROVIDED_AL2023,
      handler: 'bootstrap',
      code: prebuiltCode(own, 'start', lambda.Architecture.ARM_64),
    });
    const { directory } = app.synth();
    return fs
      .readdirSync(directory)
      .filter((name) => name.startsWith('asset.'))
      .map((name) => path.join(directory, name));
  };
  const [plain] = staged(() => {});
  const [crowded, ...others] = staged((folder) => {
    fs.writeFileSync(path.join(folder, 'bootstrap.zip'), 'another build');
    fs.writeFileSync(path.join(folder, '.env'), 'SECRET=1');
    fs.writeFileSync(path.join(folder, 'bootstrap.d'), 'dependencies');
    fs.mkdirSync(path.join(folder, 'deep'));
    fs.writeFileSync(path.join(folder, 'deep', 'bootstrap'), 'another');
  });
  expect(others).toEqual([]);
  expect(fs.readdirSync(crowded, { recursive: true })).toEqual(['bootstrap']);
  expect(fs.statSync(path.join(crowded, 'bootstrap')).mode & 0o777).toBe(0o755);
  // What lies beside it changes nothing, so it causes no deployment either.
  expect(path.basename(crowded)).toBe(path.basename(plain));
});

test('what is not built is missed by name, with the command that builds it', () => {
  expect(code('/nowhere', lambda.Architecture.ARM_64)).toThrow(
    /\/nowhere\/start\/bootstrap is missing: build it .* `cargo lambda build --release --arm64 --bin start --bin checker`.*codeFolder/,
  );
});

test('where nothing is said, the builds are looked for where cargo lambda puts them', () => {
  const unsaid = () => prebuiltCode(new Stack(), 'nothing-of-this-name', lambda.Architecture.ARM_64);
  const root = path.resolve(__dirname, '..', '..', '..');
  expect(unsaid).toThrow(path.join(root, 'target', 'lambda', 'nothing-of-this-name', 'bootstrap'));
});
