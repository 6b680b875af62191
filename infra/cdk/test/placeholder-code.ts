import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

export const ARM_64 = 0xb7;
export const X86_64 = 0x3e;

/** A folder as `cargo lambda build` leaves it, whose bootstraps are the first bytes of an executable and no more. */
export function placeholderCode(machine = ARM_64): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'placeholder-code-'));
  const header = Buffer.alloc(20);
  header.write('\x7fELF', 'latin1');
  header.writeUInt16LE(machine, 18);
  for (const binary of ['start', 'checker']) {
    fs.mkdirSync(path.join(folder, binary));
    fs.writeFileSync(path.join(folder, binary, 'bootstrap'), Buffer.concat([header, Buffer.from(binary)]), {
      mode: 0o755,
    });
  }
  return folder;
}
