import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { SiteStack } from '../example/site-stack';
import { app } from './stacks';

/** Every change of what is deployed shows here; `npx vitest run -u` accepts it. */
test("the example's invalidator, resource by resource", async () => {
  const resources = Template.fromStack(new SiteStack(app(), 'Site')).toJSON().Resources;
  const own = Object.entries(resources).filter(([id]) => id.startsWith('CloudFrontInvalidator'));
  const text = JSON.stringify(Object.fromEntries(own), undefined, 2).replaceAll(/"[0-9a-f]{64}\.zip"/g, '"ASSET.zip"');
  await expect(`${text}\n`).toMatchFileSnapshot('snapshots/invalidator.json');
});
