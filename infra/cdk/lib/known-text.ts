import { Token, Tokenization } from 'aws-cdk-lib';

/** Stands for a part of a text that is unknown at synthesis. It is a Unicode noncharacter, so no text contains it. */
const UNKNOWN = '\uFFFF';

/**
 * A CodePipeline variable, with a namespace and a name, parts of which may be tokens. `#{$NAME}` is not one: it is a shell
 * variable that was not replaced.
 */
const VARIABLE = new RegExp(`#\\{[^{}$.${UNKNOWN}]*[.${UNKNOWN}][^{}$]*\\}`, 'g');

/**
 * The stretches of a text that are known at synthesis, in their order, with an unknown part between each two of them.
 *
 * Unknown are tokens, which CloudFormation replaces at deployment, and CodePipeline's variables (`#{namespace.Name}`),
 * which it replaces at each execution. A text that begins or ends with an unknown part has an empty first or last stretch;
 * a text that is wholly known is its own only stretch.
 */
export function knownStretches(text: string): string[] {
  return withTokensAs(UNKNOWN, text).replace(VARIABLE, UNKNOWN).split(UNKNOWN);
}

/** The names of CodePipeline's variables in a text, without their namespaces. A name that is a token is left out. */
export function variableNames(text: string): string[] {
  const variables = withTokensAs(UNKNOWN, text).match(VARIABLE) ?? [];
  const names = variables.map((variable) =>
    variable
      .slice(2, -1)
      .split(new RegExp(`[.${UNKNOWN}]`))
      .at(-1)!,
  );
  return names.filter((name) => name !== '');
}

/** The text without its tokens: what is certainly in it. A CodePipeline variable is in it as it is written. */
export function withoutTokens(text: string): string {
  return withTokensAs('', text);
}

/** Whether a list stands for one that only CloudFormation knows. */
export function isUnknownList(list: string[]): boolean {
  return Token.isUnresolved(list);
}

/** As CodePipeline and CloudFront count: a character outside the basic plane is one character. */
export function characters(text: string): number {
  return Array.from(text).length;
}

function withTokensAs(replacement: string, text: string): string {
  return Tokenization.reverseString(text)
    .mapTokens({ mapToken: () => replacement })
    .join({ join: (left: unknown, right: unknown) => `${left ?? ''}${right ?? ''}` }) as string;
}
