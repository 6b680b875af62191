/**
 * Writes the example's cloud assembly into cdk.out, to be read and linted where nothing is built and no AWS can be
 * reached. Its functions hold placeholders, so it must not be deployed: `npx cdk deploy` synthesizes anew, with the builds.
 */
import { App } from 'aws-cdk-lib';
import * as fs from 'node:fs';
import { CODE_FOLDER_CONTEXT } from '../lib/prebuilt-code';
import { placeholderCode } from '../test/placeholder-code';
import { SiteStack } from './site-stack';

const codeFolder = placeholderCode();
try {
  const app = new App({ outdir: 'cdk.out', context: { [CODE_FOLDER_CONTEXT]: codeFolder } });
  new SiteStack(app, 'Site');
  console.log(app.synth().directory);
} finally {
  fs.rmSync(codeFolder, { recursive: true });
}
