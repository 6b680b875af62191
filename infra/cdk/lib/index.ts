export {
  CloudFrontInvalidateAction,
  CloudFrontInvalidateActionProps,
  CloudFrontInvalidateActionVariables,
} from './cloudfront-invalidate-action';
export { CloudFrontInvalidator, ICloudFrontInvalidator } from './cloudfront-invalidator';
export { DistributionTenant } from './distribution-tenant';
export { CloudFrontInvalidatorProps } from './invalidator-props';
