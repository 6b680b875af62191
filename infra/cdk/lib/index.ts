export {
  CloudFrontInvalidateAction,
  CloudFrontInvalidateActionProps,
  CloudFrontInvalidateActionVariables,
} from './cloudfront-invalidate-action';
export { CloudFrontInvalidator, ICloudFrontInvalidator } from './cloudfront-invalidator';
export { CloudFrontInvalidatorProps } from './invalidator-props';
