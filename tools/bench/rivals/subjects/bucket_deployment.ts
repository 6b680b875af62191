new BucketDeployment(this, 'Site', {
  sources: [Source.asset('site')], destinationBucket: bucket, distribution, distributionPaths: ['/*'],
});
