import { variableNames } from './known-text';
import { Wishes } from './user-parameters';

/**
 * The variables whose values cannot end a JSON string and add a parameter: ids, dates, names of a limited alphabet. A branch name
 * may contain a quotation mark but no colon
 * (https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html).
 */
const WITHOUT_FREE_TEXT = new Set([
  'AuthorDate',
  'BranchName',
  'BucketName',
  'CommitId',
  'CommitterDate',
  'ConnectionArn',
  'DistributionId',
  'DurationSeconds',
  'ETag',
  'FullRepositoryName',
  'ImageDigest',
  'ImageTag',
  'ImageURI',
  'InvalidationId',
  'PathCount',
  'PipelineExecutionId',
  'ProviderType',
  'PullRequestId',
  'RegistryId',
  'RepositoryName',
  'Status',
  'Targets',
  'VersionId',
]);

/** A path that is nothing but one variable, with its slash and its wildcard: the author chose the variable for this. */
const ALONE_IN_PATH = /^\/?#\{[^{}]*\}\/?\*?$/;

/**
 * The names of the variables in the parameters that may contain free text, such as CommitMessage. CodePipeline inserts a value
 * without escaping, so a quotation mark in it ends the string, and the rest may be another parameter.
 */
export function freeTextVariables({
  distributionId,
  distributionIds,
  targets,
  paths,
  pipelineName,
  topicArn,
}: Wishes): string[] {
  const named = targets?.map(({ id }) => id) ?? [];
  const listed = [...(paths ?? []), ...(targets?.flatMap((target) => target.paths ?? []) ?? [])];
  const texts = [distributionId, ...(distributionIds ?? []), ...named, pipelineName, topicArn].filter(
    (text) => text !== undefined,
  );
  const within = [...texts, ...listed.filter((path) => !ALONE_IN_PATH.test(path))];
  const names = within.flatMap((text) => variableNames(text)).filter((name) => !WITHOUT_FREE_TEXT.has(name));
  return [...new Set(names)];
}
