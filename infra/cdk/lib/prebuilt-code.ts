import * as fs from 'node:fs';
import * as path from 'node:path';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** The context key that names the folder with the built functions, each in a folder of its own. */
export const CODE_FOLDER_CONTEXT = 'cloudfront-invalidation-action:codeFolder';

/** Where `cargo lambda build` puts them, seen from this file and from its compiled copy alike. */
const DEFAULT_CODE_FOLDER = path.join(__dirname, '..', '..', '..', 'target', 'lambda');

/** `e_machine` of an ELF header, two bytes at offset 18 (elf(5)). */
const MACHINES = new Map([
  [lambda.Architecture.ARM_64.name, 0xb7],
  [lambda.Architecture.X86_64.name, 0x3e],
]);

/**
 * The code of a function that was built before synthesis: the CDK compiles nothing, so neither Docker nor Rust is needed
 * where it runs.
 */
export function prebuiltCode(scope: Construct, binary: string, architecture: lambda.Architecture): lambda.Code {
  const folder = path.join(scope.node.tryGetContext(CODE_FOLDER_CONTEXT) ?? DEFAULT_CODE_FOLDER, binary);
  const bootstrap = path.join(folder, 'bootstrap');
  if (!fs.existsSync(bootstrap)) {
    throw new Error(
      `${bootstrap} is missing: build it in the root of cloudfront-invalidation-action with \`${buildCommand(architecture)}\`, or name the folder ` +
        `of the builds in the context key ${CODE_FOLDER_CONTEXT}.`,
    );
  }
  if (machineOf(bootstrap) !== MACHINES.get(architecture.name)) {
    // Lambda would take it, and every invocation would end with "exec format error".
    throw new Error(
      `${bootstrap} is no ${architecture.name} executable: build it with \`${buildCommand(architecture)}\`.`,
    );
  }
  return lambda.Code.fromAsset(folder);
}

function buildCommand(architecture: lambda.Architecture): string {
  const flag = architecture.name === lambda.Architecture.ARM_64.name ? '--arm64' : '--x86-64';
  return `cargo lambda build --release ${flag}`;
}

function machineOf(file: string): number | undefined {
  const header = Buffer.alloc(20);
  const descriptor = fs.openSync(file, 'r');
  try {
    fs.readSync(descriptor, header, 0, header.length, 0);
  } finally {
    fs.closeSync(descriptor);
  }
  const isElf = header.subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'));
  return isElf ? header.readUInt16LE(18) : undefined;
}
