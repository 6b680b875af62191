// Decides IAM requests: a JSON array of simulations on standard input, one verdict each on standard output.
//
// The evaluator, @cloud-copilot/iam-simulate, is under AGPL-3.0-or-later. It is a tool that is run here and nothing more: it is
// installed into an ignored folder, by infra/check alone, spoken to across the boundary of this process, and no part of
// what is shipped names or contains it.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const [, , folder] = process.argv;
const { runSimulation } = createRequire(join(folder, 'here.cjs'))('@cloud-copilot/iam-simulate');

const verdicts = [];
for (const simulation of JSON.parse(await text(process.stdin))) {
  const result = await runSimulation(simulation, {});
  verdicts.push(result.resultType === 'error' ? JSON.stringify(result.errors) : result.overallResult);
}
console.log(JSON.stringify(verdicts));
