import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';
import * as library from '../lib';
import { ARM_64, placeholderCode, X86_64 } from './placeholder-code';

const file = (name: string) => fs.readFileSync(path.join(__dirname, '..', name), 'utf8');
const lock = JSON.parse(file('package-lock.json'));
const manifest = JSON.parse(file('package.json'));

describe('the lock file', () => {
  test('names no registry', () => {
    const named = Object.entries<any>(lock.packages).filter(([, entry]) => 'resolved' in entry);
    expect(named.map(([name]) => name)).toEqual([]);
  });

  test('holds each package to its content', () => {
    const loose = Object.entries<any>(lock.packages).filter(
      ([name, entry]) => name !== '' && !entry.integrity && !entry.inBundle,
    );
    expect(loose.map(([name]) => name)).toEqual([]);
  });
});

test('each tool has one exact version', () => {
  const versions = Object.values<string>(manifest.devDependencies);
  expect(versions.length).toBeGreaterThanOrEqual(8);
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test('what is tested is what an application gets, and what is asked of it is no more', () => {
  // `infra/check cdk` compiles and synthesizes with the least of each range.
  const numbers = (version: string) => version.split('.').map(Number);
  for (const [name, range] of Object.entries<string>(manifest.peerDependencies)) {
    const [, least] = /^\^(\d+\.\d+\.\d+)$/.exec(range)!;
    const [asked, tested] = [numbers(least), numbers(manifest.devDependencies[name])];
    expect(asked[0]).toBe(tested[0]);
    expect(asked[1]).toBeLessThan(tested[1]);
  }
  const [least] = /\d.*/.exec(manifest.peerDependencies['aws-cdk-lib'])!;
  expect(file('README.md')).toContain(`\`aws-cdk-lib\` ${least} or newer`);
});

describe('the package', () => {
  const folder = path.join(__dirname, '..');
  const destination = fs.mkdtempSync(path.join(os.tmpdir(), 'package-'));
  // What a build of long ago has left must not get in.
  fs.mkdirSync(path.join(folder, 'dist'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'dist', 'left-over.js'), '');
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', destination], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // What the scripts print stands before it.
  const [{ files }] = JSON.parse(packed.slice(packed.search(/^\[/m)));
  const names: string[] = files.map(({ path: name }: { path: string }) => name);

  test('has each file of the library, compiled just before, and nothing besides', () => {
    const modules = fs.readdirSync(path.join(folder, 'lib')).map((name) => path.basename(name, '.ts'));
    const compiled = modules.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`]);
    expect(names.sort()).toEqual([...compiled, 'LICENSE', 'NOTICE', 'README.md', 'package.json'].sort());
  });

  test('exports what the library does', () => {
    const print = "console.log(Object.keys(require('./dist')).sort().join())";
    const exported = execFileSync('node', ['--eval', print], { cwd: folder, encoding: 'utf8' });
    const values = Object.entries(library).filter(([, value]) => value !== undefined);
    expect(exported.trim().split(',')).toEqual(values.map(([name]) => name).sort());
  });

  test("has the project's licence", () => {
    expect(file('LICENSE')).toBe(file('../../LICENSE'));
    expect(file('NOTICE')).toBe(file('../../NOTICE'));
  });

  test('has a page whose links lead somewhere, wherever the page is shown', () => {
    const links = [...file('README.md').matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target);
    const relative = links.filter((target) => !/^(https:|#)/.test(target));
    expect(relative).toEqual([]);
  });
});

describe('a released package', () => {
  const folder = path.join(__dirname, '..');
  const released = fs.mkdtempSync(path.join(os.tmpdir(), 'released-'));
  fs.cpSync(path.join(folder, 'package.json'), path.join(released, 'package.json'));
  execFileSync(path.join(folder, 'node_modules/.bin/tsc'), [
    ...['--project', path.join(folder, 'tsconfig.build.json')],
    ...['--outDir', path.join(released, 'dist')],
  ]);
  for (const [name, machine] of Object.entries({ arm64: ARM_64, x86_64: X86_64 })) {
    fs.cpSync(placeholderCode(machine), path.join(released, 'functions', name), { recursive: true });
  }
  const run = (command: string, ...given: string[]) =>
    execFileSync(command, given, { cwd: released, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [{ filename }] = JSON.parse(run('npm', 'pack', '--json', '--ignore-scripts'));
  run('tar', '--extract', '--file', filename, '--same-permissions');
  const installed = path.join(released, 'package');
  fs.symlinkSync(path.join(folder, 'node_modules'), path.join(installed, 'node_modules'));

  test.each(['ARM_64', 'X86_64'])('has the executables of both functions for %s', (architecture) => {
    const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'assembly-'));
    const script = `
      const { App, Stack } = require('aws-cdk-lib');
      const { Architecture } = require('aws-cdk-lib/aws-lambda');
      const { CloudFrontInvalidator } = require('./dist');
      const app = new App({ outdir: ${JSON.stringify(outdir)}, analyticsReporting: false });
      const architecture = Architecture.${architecture};
      new CloudFrontInvalidator(new Stack(app, 'Stack'), 'Invalidator', { allDistributions: true, architecture });
      app.synth();`;
    execFileSync('node', ['--eval', script], { cwd: installed, stdio: ['ignore', 'ignore', 'inherit'] });
    const assets = fs.readdirSync(outdir).filter((name) => fs.existsSync(path.join(outdir, name, 'bootstrap')));
    expect(assets).toHaveLength(2);
    for (const asset of assets) {
      const bootstrap = path.join(outdir, asset, 'bootstrap');
      const machine = { ARM_64, X86_64 }[architecture];
      expect(fs.readFileSync(bootstrap).readUInt16LE(18)).toBe(machine);
      expect(fs.statSync(bootstrap).mode & 0o555).toBe(0o555);
    }
  });
});
