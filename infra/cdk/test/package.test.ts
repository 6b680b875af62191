import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, test } from 'vitest';

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

test('what is tested is the least that is asked of an application', () => {
  for (const [name, range] of Object.entries<string>(manifest.peerDependencies)) {
    expect(range).toBe(`^${manifest.devDependencies[name]}`);
  }
});
