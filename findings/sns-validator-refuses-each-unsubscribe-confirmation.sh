#!/usr/bin/env bash
# sns-validator 0.3.5 (npm).
#
# Expected: the three kinds of message that Amazon SNS signs are verified as the SNS developer guide says ("Verifying the
# signatures of Amazon SNS messages"): for SubscriptionConfirmation and UnsubscribeConfirmation alike the string to sign has
# Message, MessageId, SubscribeURL, Timestamp, Token, TopicArn and Type. aws-sns-message-validator (PyPI), by other authors,
# uses this list for both.
#
# Seen: sns-validator leaves Token out for an UnsubscribeConfirmation (it uses the list of a notification), so that it
# calls the signature of each such message invalid, with signature version 1 and 2. Notifications and subscription
# confirmations are verified.
#
# Why it matters: an HTTPS endpoint gets an UnsubscribeConfirmation when its subscription is removed, and no
# notification after that. A receiver that drops each message whose signature is invalid, as it should, drops this one.
#
# The messages here are signed with a key made for this run, and the download of the certificate is replaced.
. "$(dirname "$(readlink -f "$0")")/lib"
node_packages sns-validator@0.3.5

cat >check.cjs <<'JS'
const crypto = require('crypto');
const https = require('https');
const { EventEmitter } = require('events');

const { privateKey, publicKey } = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
https.get = (url, received) => {
    const reply = Object.assign(new EventEmitter(), { statusCode: 200 });
    process.nextTick(() => {
        received(reply);
        reply.emit('data', publicKey.export({ type: 'spki', format: 'pem' }));
        reply.emit('end');
    });
    return new EventEmitter();
};
const Validator = require('sns-validator');

const confirmation = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
const signed = {
    Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
    SubscriptionConfirmation: confirmation,
    UnsubscribeConfirmation: confirmation,
};

function message(type, version) {
    const host = 'https://sns.us-east-2.amazonaws.com/';
    const all = {
        Type: type, MessageId: '4d4dc071-ddbf-465d-bba8-08f81c89da64', TopicArn: 'arn:aws:sns:us-east-2:123456789012:Deployments',
        Message: 'text', Timestamp: '2026-11-30T12:00:00.000Z', SignatureVersion: version, SigningCertURL: host + 'service.pem',
    };
    if (type === 'Notification') all.Subject = 'subject';
    else Object.assign(all, { Token: 'token', SubscribeURL: host + '?Action=ConfirmSubscription&Token=token' });
    const text = signed[type].map((name) => `${name}\n${all[name]}\n`).join('');
    const digest = version === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
    return { ...all, Signature: crypto.sign(digest, Buffer.from(text), privateKey).toString('base64') };
}

(async () => {
    let asDescribed = true;
    for (const version of ['1', '2']) {
        for (const type of Object.keys(signed)) {
            const verdict = await new Promise((done) =>
                new Validator().validate(message(type, version), (error) => done(error ? error.message : 'valid')));
            console.log(`signature version ${version}, ${type}: ${verdict}`);
            asDescribed &&= verdict === (type === 'UnsubscribeConfirmation' ? 'The message signature is invalid.' : 'valid');
        }
    }
    if (!asDescribed) console.error('the behaviour has changed');
    process.exit(asDescribed ? 0 : 1);
})();
JS
node check.cjs
