#!/usr/bin/env bash
# @cloud-copilot/iam-simulate 0.1.173 (npm).
#
# Expected: in a Date condition the policy may give epoch seconds. The IAM user guide on date condition operators: "You must
# specify date/time values with one of the W3C implementations of the ISO 8601 date formats or in epoch (UNIX) time."
#
# Seen: compared with aws:CurrentTime, a number is read as milliseconds. 1798761600, which is 2027-01-01T00:00:00Z, is taken
# for a day of January 1970: DateLessThan denies in 2026 what it should allow, DateGreaterThan allows what it should not, and
# DateEquals does not match the same second. The ISO form of the same time, and the same number with aws:EpochTime, are right.
#
# Why it matters: "access until this time" is often made by a script, which has the time as a number. The simulator reports
# that such a temporary grant does not work, and that one that begins in the future works already.
. "$(dirname "$(readlink -f "$0")")/lib"
node_packages @cloud-copilot/iam-simulate@0.1.173

cat >check.mjs <<'JS'
import { runSimulation } from '@cloud-copilot/iam-simulate';

const context = { 'aws:CurrentTime': '2026-01-01T00:00:00Z', 'aws:EpochTime': '1767225600' };
async function verdict(operator, key, value) {
    const { overallResult } = await runSimulation({
        request: {
            principal: 'arn:aws:iam::123456789012:role/deployer', action: 'cloudfront:CreateInvalidation',
            resource: { resource: 'arn:aws:cloudfront::123456789012:distribution/E1', accountId: '123456789012' },
            contextVariables: context,
        },
        identityPolicies: [{ name: 'temporary', policy: { Version: '2012-10-17', Statement: [{
            Effect: 'Allow', Action: 'cloudfront:CreateInvalidation', Resource: '*', Condition: { [operator]: { [key]: value } } }] } }],
        serviceControlPolicies: [], resourceControlPolicies: [],
    }, { simulationMode: 'Strict' });
    return overallResult === 'Allowed';
}

const table = [ // operator, key, value, should it be allowed at 2026-01-01, is it
    ['DateLessThan', 'aws:CurrentTime', '2027-01-01T00:00:00Z', true, true],
    ['DateLessThan', 'aws:CurrentTime', '1798761600', true, false],
    ['DateLessThan', 'aws:EpochTime', '1798761600', true, true],
    ['DateGreaterThan', 'aws:CurrentTime', '2027-01-01T00:00:00Z', false, false],
    ['DateGreaterThan', 'aws:CurrentTime', '1798761600', false, true],
    ['DateGreaterThan', 'aws:EpochTime', '1798761600', false, false],
    ['DateEquals', 'aws:CurrentTime', '1767225600', true, false],
];
let asDescribed = true;
for (const [operator, key, value, right, described] of table) {
    const seen = await verdict(operator, key, value);
    console.log(`${operator} ${key} ${value}: allowed ${seen}, should be ${right}`);
    asDescribed &&= seen === described;
}
if (!asDescribed) console.error('the behaviour has changed');
process.exit(asDescribed ? 0 : 1);
JS
node check.mjs
