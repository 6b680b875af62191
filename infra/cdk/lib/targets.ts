import { Token } from 'aws-cdk-lib';
import { batchFaults } from './batch';
import { knownStretches } from './known-text';
import { WhenEmpty } from './when-empty';

/** A target as the function reads it; without `paths`, those of the action apply. */
export interface Target {
  readonly kind: 'distribution' | 'tenant' | 'alias';
  readonly id: string;
  readonly paths?: string[];
  readonly pathsFile?: string;
}

/** The targets of an action; it must have exactly one of the three. */
export interface Named {
  readonly distributionId?: string;
  /** Several with the same paths. */
  readonly distributionIds?: string[];
  readonly targets?: Target[];
}

/** The keys of `UserParameters` that name the targets. */
export interface WrittenTargets {
  readonly DistributionId?: string | string[];
  readonly Targets?: WrittenTarget[];
}

/** An item of `Targets`; it has one of the first three keys. */
export interface WrittenTarget {
  readonly DistributionId?: string;
  readonly DistributionTenantId?: string;
  readonly Alias?: string;
  readonly Paths?: string[];
  readonly PathsFile?: string;
}

const KEYS = { distribution: 'DistributionId', tenant: 'DistributionTenantId', alias: 'Alias' } as const;

/** The rule of each kind. The patterns and the words are those of the function itself. */
export const KINDS = {
  distribution: {
    pattern: /^E[A-Z0-9]{1,31}$/,
    rule: "must have a distribution's id, such as E2EXAMPLE1ABCD (not its domain name or ARN)",
  },
  tenant: {
    pattern: /^dt_[A-Za-z0-9]{1,61}$/,
    rule: "must have a distribution tenant's id, such as dt_2wjDZi3hD1ivOXf6rpZJOSNE1AB",
  },
  alias: {
    // "You can use the wildcard * … in place of a subdomain"; case does not matter in a domain name.
    pattern: /^(?=.{1,253}$)(\*\.)?[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+$/i,
    rule: 'must be a domain name, such as www.example.com (no scheme, no path)',
  },
};

export function writtenTargets({ distributionId, distributionIds, targets }: Named): WrittenTargets {
  return targets ? { Targets: targets.map(written) } : { DistributionId: distributionIds ?? distributionId };
}

export function targetFaults(named: Named, maxPaths?: number, whenEmpty?: WhenEmpty): string[] {
  const { distributionId, distributionIds, targets } = named;
  return [
    ...choiceFaults(named),
    ...(distributionId === undefined ? [] : idFaults('distribution', distributionId)),
    ...(distributionIds === undefined ? [] : severalFaults(distributionIds)),
    ...(targets === undefined ? [] : listFaults(targets, maxPaths, whenEmpty)),
  ];
}

function choiceFaults({ distributionId, distributionIds, targets }: Named): string[] {
  const [one, several] = [distributionId !== undefined, distributionIds !== undefined];
  if (targets !== undefined && (one || several)) {
    return ['targets and distribution are both given; name each distribution in targets'];
  }
  if (one && several) {
    return ['distribution and distributions are both given; name each distribution in distributions'];
  }
  return one || several || targets !== undefined ? [] : ['distribution is missing; add the distribution to invalidate'];
}

function severalFaults(ids: string[]): string[] {
  if (ids.length === 0) {
    return ['distributions is an empty array; name at least one distribution'];
  }
  const faults = ids.flatMap((id, index) => idFaults('distribution', id, `distributions item ${index + 1}`));
  return new Set(ids).size === ids.length
    ? faults
    : [...faults, 'distributions names a distribution more than once; keep one'];
}

function listFaults(targets: Target[], maxPaths?: number, whenEmpty?: WhenEmpty): string[] {
  if (targets.length === 0) {
    return ['targets is an empty array; name at least one target'];
  }
  const faults = targets.flatMap((target, index) =>
    [
      ...idFaults(target.kind, target.id),
      ...batchFaults(target.paths, maxPaths, whenEmpty),
      ...sourceFaults(target),
    ].map((fault) => `targets item ${index + 1} is wrong: ${fault}`),
  );
  const names = new Set(targets.map(({ kind, id }) => `${kind} ${kind === 'alias' ? lowered(id) : id}`));
  return names.size === targets.length
    ? faults
    : [...faults, 'targets names a target more than once; put its paths together'];
}

function idFaults(kind: Target['kind'], id: string, name = kind === 'tenant' ? 'distribution tenant' : kind): string[] {
  return isPossible(kind, id) ? [] : [`${name} ${KINDS[kind].rule}`];
}

/** In a name with unknown parts, only the known characters are validated; an id with unknown parts is not validated. */
function isPossible(kind: Target['kind'], id: string): boolean {
  const stretches = knownStretches(id);
  if (stretches.length === 1) {
    return KINDS[kind].pattern.test(id);
  }
  return kind !== 'alias' ? Token.isUnresolved(id) : stretches.every((stretch) => /^[*a-z0-9._-]*$/i.test(stretch));
}

/** "WWW.Example.com" is the same name as "www.example.com"; the name of a token or variable keeps its case. */
function lowered(domainName: string): string {
  return knownStretches(domainName).length === 1 ? domainName.toLowerCase() : domainName;
}

function written({ kind, id, paths, pathsFile }: Target): WrittenTarget {
  return { [KEYS[kind]]: id, ...(paths && { Paths: paths }), ...(pathsFile !== undefined && { PathsFile: pathsFile }) };
}

/** Paths come from the parameters or from a file. */
export function sourceFaults({ paths, pathsFile }: { paths?: string[]; pathsFile?: string }): string[] {
  const areBoth = paths !== undefined && pathsFile !== undefined;
  return areBoth ? ['paths and pathsFile are both given; keep one'] : [];
}
