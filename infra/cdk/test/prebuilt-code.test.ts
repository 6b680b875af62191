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
    /is no arm64 executable: build it with `cargo lambda build --release --arm64`/,
  );
  expect(code(placeholderCode(ARM_64), lambda.Architecture.X86_64)).toThrow(/build --release --x86-64/);
});

test('what is no executable is not taken either', () => {
  const folder = placeholderCode();
  fs.writeFileSync(path.join(folder, 'start', 'bootstrap'), '#!/bin/sh\n');
  expect(code(folder, lambda.Architecture.ARM_64)).toThrow(/is no arm64 executable/);
});

test('what is not built is missed by name, with the command that builds it', () => {
  expect(code('/nowhere', lambda.Architecture.ARM_64)).toThrow(
    /\/nowhere\/start\/bootstrap is missing: build it .* `cargo lambda build --release --arm64`.*codeFolder/,
  );
});

test('where nothing is said, the builds are looked for where cargo lambda puts them', () => {
  const unsaid = () => prebuiltCode(new Stack(), 'nothing-of-this-name', lambda.Architecture.ARM_64);
  const root = path.resolve(__dirname, '..', '..', '..');
  expect(unsaid).toThrow(path.join(root, 'target', 'lambda', 'nothing-of-this-name', 'bootstrap'));
});
