import { App, AppProps, Stack, StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CloudFrontInvalidator, CloudFrontInvalidatorProps, DistributionTenant } from '../lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { CODE_FOLDER_CONTEXT } from '../lib/prebuilt-code';
import { placeholderCode } from './placeholder-code';

const folder = placeholderCode();

/** An application whose functions hold placeholders. */
export function app(props?: AppProps): App {
  return new App({
    analyticsReporting: false,
    ...props,
    context: { [CODE_FOLDER_CONTEXT]: folder, ...props?.context },
  });
}

export function stack(props?: StackProps): Stack {
  return new Stack(app(), 'Stack', props);
}

export function distribution(scope: Stack, id = 'E2EXAMPLE1ABCD'): cloudfront.IDistributionRef {
  return cloudfront.CfnDistribution.fromDistributionId(scope, id, id);
}

export const TENANT = 'dt_2wjDZi3hD1ivOXf6rpZJOSNE1AB';

export function tenant(scope: Stack, id = TENANT): cloudfront.IDistributionTenantRef {
  return DistributionTenant.fromDistributionTenantId(scope, id, id);
}

/** The template of a stack with nothing but an invalidator of one distribution. */
export function invalidatorTemplate(
  props?: CloudFrontInvalidatorProps | ((own: Stack) => CloudFrontInvalidatorProps),
): Template {
  const own = stack();
  const given = typeof props === 'function' ? props(own) : props;
  // The CDK leaves this id out of the logical ids.
  new CloudFrontInvalidator(own, 'Default', { distributions: [distribution(own)], ...given });
  return Template.fromStack(own);
}

export interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** The only resource whose logical id is `id` and the hash behind it. */
export function resource(
  template: Template,
  id: string,
): { logicalId: string; Type: string; Properties: any; [key: string]: any } {
  const all = Object.entries<any>(template.toJSON().Resources);
  const found = all.filter(([logicalId]) => new RegExp(`^${id}([0-9A-F]{8})?$`).test(logicalId));
  if (found.length !== 1) {
    throw new Error(`${found.length} resources are called ${id}`);
  }
  const [[logicalId, definition]] = found;
  return { logicalId, ...definition };
}

/** What a role may do: each action with its resources, from every policy that is attached to it. */
export function permissions(template: Template, role: string): Record<string, unknown> {
  const { logicalId } = resource(template, role);
  const policies = Object.values(template.findResources('AWS::IAM::Policy'));
  const statements = policies
    .filter((policy) => policy.Properties.Roles.some((of: { Ref: string }) => of.Ref === logicalId))
    .flatMap((policy): Statement[] => policy.Properties.PolicyDocument.Statement);
  const byAction: Record<string, unknown> = {};
  for (const { Action, Resource } of statements) {
    for (const action of [Action].flat()) {
      byAction[action] = action in byAction ? [byAction[action], Resource].flat() : Resource;
    }
  }
  return byAction;
}

/** The ARN of a tenant of the stack's account, as the CDK writes it. */
export function tenantArn(id: unknown): unknown {
  return distributionArn(id, 'distribution-tenant');
}

/** The ARN of a distribution of the stack's account, as the CDK writes it. */
export function distributionArn(id: unknown, type = 'distribution'): unknown {
  const tail = typeof id === 'string' ? [`:${type}/${id}`] : [`:${type}/`, id];
  const [first, ...rest] = tail;
  return {
    'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':cloudfront::', { Ref: 'AWS::AccountId' }, first, ...rest]],
  };
}
