/** The example, to be deployed: `npx cdk deploy`. It wants both functions built. */
import { App } from 'aws-cdk-lib';
import { SiteStack } from './site-stack';

new SiteStack(new App(), 'Site');
