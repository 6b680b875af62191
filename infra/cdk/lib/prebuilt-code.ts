import * as fs from 'node:fs';
import * as path from 'node:path';
import { IgnoreMode } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/** The context key that names the folder with the built functions, each in a folder of its own. */
export const CODE_FOLDER_CONTEXT = 'cloudfront-invalidation-action:codeFolder';

/** Where `cargo lambda build` puts them, seen from this file and from its compiled copy alike. */
const DEFAULT_CODE_FOLDER = path.join(__dirname, '..', '..', '..', 'target', 'lambda');

/** Where a released package has them, by architecture. */
const RELEASED = path.join(__dirname, '..', 'functions');

/** `e_machine` of an ELF header, two bytes at offset 18 (elf(5)). */
const MACHINES = new Map([
  [lambda.Architecture.ARM_64.name, 0xb7],
  [lambda.Architecture.X86_64.name, 0x3e],
]);

/**
 * "Lambda needs 644 permissions for non-executable files (rw-r--r--) and 755 permissions (rwxr-xr-x) for directories and
 * executable files" (https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html); that the owner may write
 * does not matter.
 */
const READABLE_AND_EXECUTABLE = 0o555;

/**
 * The code of a function that was built before synthesis: the CDK compiles nothing, so neither Docker nor Rust is needed
 * where it runs.
 */
export function prebuiltCode(scope: Construct, binary: string, architecture: lambda.Architecture): lambda.Code {
  const folder = path.join(codeFolder(scope, architecture), binary);
  const bootstrap = path.join(folder, 'bootstrap');
  if (!fs.existsSync(bootstrap)) {
    throw new Error(
      `${bootstrap} is missing: build it in the root of cloudfront-invalidation-action with ` +
        `\`${buildCommand(architecture)}\`, or name the folder of the builds in the context key ${CODE_FOLDER_CONTEXT}.`,
    );
  }
  if (machineOf(bootstrap) !== MACHINES.get(architecture.name)) {
    // Lambda would accept it, and every invocation would end with "exec format error".
    throw new Error(
      `${bootstrap} is no ${architecture.name} executable: build it with \`${buildCommand(architecture)}\`.`,
    );
  }
  mustBeExecutable(bootstrap);
  // The bootstrap alone: a zip that `cargo lambda build --output-format zip` left beside it must not go in as well.
  return lambda.Code.fromAsset(folder, { exclude: ['/*', '!/bootstrap'], ignoreMode: IgnoreMode.GIT });
}

/** The folder that the application names, or the one in the package if it is a release, or that of a build of the project. */
function codeFolder(scope: Construct, architecture: lambda.Architecture): string {
  const released = path.join(RELEASED, architecture.name);
  return scope.node.tryGetContext(CODE_FOLDER_CONTEXT) ?? (fs.existsSync(released) ? released : DEFAULT_CODE_FOLDER);
}

/**
 * "permission denied" would end each invocation otherwise: the mode goes into the package as it is, and a CI artifact has
 * lost its executable bits. Not even a later `chmod` would help, because the CDK's asset hash leaves modes out, so the
 * package that is in the bucket already would stay.
 */
function mustBeExecutable(bootstrap: string): void {
  const mode = fs.statSync(bootstrap).mode & 0o777;
  if ((mode & READABLE_AND_EXECUTABLE) !== READABLE_AND_EXECUTABLE) {
    throw new Error(
      `${bootstrap} has the mode 0${mode.toString(8).padStart(3, '0')}, and each invocation would end with "permission denied": ` +
        `run \`chmod 755 ${bootstrap}\`. An artifact of a CI system loses the mode; a tar or zip file inside it keeps it.`,
    );
  }
}

function buildCommand(architecture: lambda.Architecture): string {
  const flag = architecture.name === lambda.Architecture.ARM_64.name ? '--arm64' : '--x86-64';
  return `cargo lambda build --release ${flag} --bin start --bin checker`;
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
