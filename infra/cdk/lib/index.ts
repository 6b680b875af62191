export {
  CloudFrontInvalidateAction,
  CloudFrontInvalidateActionProps,
  CloudFrontInvalidateActionVariables,
} from './cloudfront-invalidate-action';
export { CloudFrontInvalidator, ICloudFrontInvalidator } from './cloudfront-invalidator';
export { DistributionTenant } from './distribution-tenant';
export { InvalidationTarget, InvalidationTargetOptions } from './invalidation-target';
export { CloudFrontInvalidatorProps } from './invalidator-props';
export { NotificationFormat, NotifyOn } from './notification';
export { OnTimeout } from './on-timeout';
