import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/** Every synthesis writes its assembly into a temporary folder; all of them lie in one, which goes with the run. */
export default function setup(): () => void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-tests-'));
  process.env.TMPDIR = folder;
  return () => fs.rmSync(folder, { recursive: true, force: true });
}
