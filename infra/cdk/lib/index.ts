export {
  CloudFrontInvalidateAction,
  CloudFrontInvalidateActionProps,
  CloudFrontInvalidateActionVariables,
  CloudFrontInvalidateProps,
} from './cloudfront-invalidate-action';
export { CloudFrontInvalidateStep, CloudFrontInvalidateStepProps } from './cloudfront-invalidate-step';
export { CloudFrontInvalidator, ICloudFrontInvalidator } from './cloudfront-invalidator';
export { DistributionTenant } from './distribution-tenant';
export { InvalidationTarget, InvalidationTargetOptions } from './invalidation-target';
export { CloudFrontInvalidatorProps } from './invalidator-props';
export { Monitoring } from './monitoring';
export { NotificationFormat, NotifyOn } from './notification';
export { OnTimeout } from './on-timeout';
export { WhenEmpty } from './when-empty';
