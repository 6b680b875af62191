import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import { IPermissions } from './permissions';
import { Target } from './targets';

/** How one of several targets is invalidated. */
export interface InvalidationTargetOptions {
  /**
   * Paths and cache tags of its own.
   * @default - the `paths` of the action
   */
  readonly paths?: string[];

  /**
   * A file of an artifact with the paths of this target, in the place of `paths`.
   * @default - `paths`
   */
  readonly pathsFile?: codepipeline.ArtifactPath;
}

/** A target of an action: a distribution, a distribution tenant, or the one that has a domain name. */
export class InvalidationTarget {
  /** A distribution, owned or imported. */
  public static fromDistribution(
    distribution: cloudfront.IDistributionRef,
    options: InvalidationTargetOptions = {},
  ): InvalidationTarget {
    const { distributionId } = distribution.distributionRef;
    return new InvalidationTarget({ kind: 'distribution', id: distributionId }, options, (invalidator) =>
      invalidator.allowDistribution(distribution),
    );
  }

  /** A tenant of a multi-tenant distribution, owned or imported: such a distribution is invalidated tenant by tenant. */
  public static fromDistributionTenant(
    tenant: cloudfront.IDistributionTenantRef,
    options: InvalidationTargetOptions = {},
  ): InvalidationTarget {
    const { distributionTenantId } = tenant.distributionTenantRef;
    return new InvalidationTarget({ kind: 'tenant', id: distributionTenantId }, options, (invalidator) =>
      invalidator.allowDistributionTenant(tenant),
    );
  }

  /**
   * The distribution or distribution tenant that has a domain name, such as www.example.com, when the action runs. IAM
   * policies cannot name domain names: the target must be among the `distributions` and `distributionTenants` of the
   * invalidator.
   */
  public static fromAlias(domainName: string, options: InvalidationTargetOptions = {}): InvalidationTarget {
    return new InvalidationTarget({ kind: 'alias', id: domainName }, options, (invalidator) =>
      invalidator.allowAliases(),
    );
  }

  /** A distribution whose id CodePipeline fills in. The invalidator must allow it separately. @internal */
  public static _fromLateId(id: string): InvalidationTarget {
    return new InvalidationTarget({ kind: 'distribution', id }, {}, () => undefined);
  }

  /** The target as the function reads it. @internal */
  public readonly _target: Target;
  /** The artifact with its file. @internal */
  public readonly _artifact?: codepipeline.Artifact;
  private readonly allow: (invalidator: IPermissions) => void;

  private constructor(
    target: Target,
    { paths, pathsFile }: InvalidationTargetOptions,
    allow: (invalidator: IPermissions) => void,
  ) {
    this._target = { ...target, paths, pathsFile: pathsFile?.location };
    this._artifact = pathsFile?.artifact;
    this.allow = allow;
  }

  /** Lets an invalidator invalidate it. @internal */
  public _allowIn(invalidator: IPermissions): void {
    this.allow(invalidator);
  }
}
