#!/usr/bin/env bash
# @cloud-copilot/iam-simulate 0.1.173 (npm).
#
# Expected: policy variables work only in a policy with "Version": "2012-10-17". The IAM user guide: "If you don't include the
# Version element and set it to an appropriate version date, variables like ${aws:username} are treated as literal strings in
# the policy."
#
# Seen: the simulator fills the variable in, whether the version is 2012-10-17, 2008-10-17 or absent. It reports that the user
# bob may read the object named bob, where IAM compares with the text ${aws:username} and denies.
#
# Why it matters: a missing Version is a common slip in a policy that is written by hand or by a template, and a simulator is
# the place to find it. Here the simulation passes and the deployed policy grants nothing.
. "$(dirname "$(readlink -f "$0")")/lib"
node_packages @cloud-copilot/iam-simulate@0.1.173

cat >check.mjs <<'JS'
import { runSimulation } from '@cloud-copilot/iam-simulate';

async function verdict(version, statement) {
    const { overallResult } = await runSimulation({
        request: {
            principal: 'arn:aws:iam::123456789012:user/bob', action: 's3:GetObject',
            resource: { resource: 'arn:aws:s3:::artifacts/bob', accountId: '123456789012' },
            contextVariables: { 'aws:username': 'bob', 'aws:PrincipalTag/owner': 'bob' },
        },
        identityPolicies: [{ name: 'own', policy: { ...(version && { Version: version }), Statement: [statement] } }],
        serviceControlPolicies: [], resourceControlPolicies: [],
    }, { simulationMode: 'Strict' });
    return overallResult;
}

const inResource = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::artifacts/${aws:username}' };
const inCondition = {
    Effect: 'Allow', Action: 's3:GetObject', Resource: '*',
    Condition: { StringEquals: { 'aws:PrincipalTag/owner': '${aws:username}' } },
};
let asDescribed = true;
for (const version of ['2012-10-17', '2008-10-17', undefined]) {
    const seen = [await verdict(version, inResource), await verdict(version, inCondition)];
    console.log(`Version ${version ?? 'absent'}: in the resource ${seen[0]}, in a condition ${seen[1]}`);
    asDescribed &&= seen.every((result) => result === 'Allowed');
}
if (!asDescribed) console.error('the behaviour has changed');
process.exit(asDescribed ? 0 : 1);
JS
node check.mjs
