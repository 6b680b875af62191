#!/usr/bin/env bash
# asl-validator 4.0.0 (npm).
#
# Expected: a validator only reads. Its documentation offers `const { isValid, errors } = aslValidator(definition)` and does not mention
# a change to the definition.
#
# Seen: it adds "QueryLanguage" to each state of the object that it was given, on each level, whether the definition names a
# query language or not. The object can be checked again, but it is no longer what its author wrote.
#
# Why it matters: the usual script loads the definition, validates it and then deploys, hashes or compares the same object.
# The deployed definition then differs from the one in the repository: drift detection and the hash of an asset see a change
# in a definition that was not edited, and a snapshot made before the check differs from the deployed machine.
. "$(dirname "$(readlink -f "$0")")/lib"
node_packages asl-validator@4.0.0

cat >check.cjs <<'JS'
const validate = require('asl-validator');
const definition = {
    StartAt: 'Each',
    States: {
        Each: {
            Type: 'Map', ItemsPath: '$.list', Next: 'Done',
            ItemProcessor: { StartAt: 'Inner', States: { Inner: { Type: 'Pass', End: true } } },
        },
        Done: { Type: 'Succeed' },
    },
};
const before = JSON.stringify(definition);
const { isValid } = validate(definition);
const after = JSON.stringify(definition);
console.log('valid: ' + isValid);
console.log('before: ' + before);
console.log('after:  ' + after);
const added = after.split('"QueryLanguage":"JSONPath"').length - 1;
const asDescribed = isValid && !before.includes('QueryLanguage') && added === 3;
if (!asDescribed) console.error('the behaviour has changed');
process.exit(asDescribed ? 0 : 1);
JS
node check.cjs
