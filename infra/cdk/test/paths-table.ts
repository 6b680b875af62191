/** The table of verdicts that the functions print and keep: see `shared/core/src/input/paths/table.txt`. */
import * as fs from 'node:fs';
import * as path from 'node:path';

const TABLE = path.join(__dirname, '..', '..', '..', 'shared', 'core', 'src', 'input', 'paths', 'table.txt');
/** The first columns, which the functions fill up with spaces. */
const GIVEN = 46;
const VERDICT = 13;

export interface ItemVerdict {
  readonly given: string;
  readonly isRefused: boolean;
  readonly sent: string;
  /** The names of the fault, or of the remarks. */
  readonly because: string[];
}

export interface ListVerdict {
  readonly title: string;
  readonly given: string[];
  readonly maxPaths?: number;
  readonly sent?: string[];
  readonly refused?: string;
  readonly notes: string[];
}

/** The lines between a heading and the next. */
function chapter(heading: string, next: string): string {
  const text = fs.readFileSync(TABLE, 'utf8');
  const [begin, end] = [text.indexOf(`${heading}\n\n`), text.indexOf(`\n${next}\n\n`)];
  if (begin < 0 || end < begin) {
    throw new Error(`the table has no chapter "${heading}" before "${next}"`);
  }
  return text.slice(begin + heading.length + 2, end).trimEnd();
}

/** The groups of an expression that a line must be. */
function parsed(line: string, expression: RegExp): string[] {
  const found = expression.exec(line);
  if (!found) {
    throw new Error(`the table has a line of another form: ${line}`);
  }
  return found.slice(1);
}

export function itemVerdicts(): ItemVerdict[] {
  const [head, ...lines] = chapter('Items, one at a time', 'Lists').split('\n');
  parsed(head, /^(given {41})(verdict {6})sent as +because +source$/);
  return lines.map((line) => {
    const columns = Array.from(line);
    const verdict = columns
      .slice(GIVEN, GIVEN + VERDICT)
      .join('')
      .trimEnd();
    const rest = columns.slice(GIVEN + VERDICT).join('');
    parsed(verdict, /^(sent|sent, noted|refused)$/);
    const [form, because] = parsed(rest, /^(it is|\S+)? +((?:[A-Z]\w+ )*) *[a-z][a-z -]*$/);
    const given = itemOf(columns.slice(0, GIVEN).join('').trimEnd());
    return {
      given,
      isRefused: verdict === 'refused',
      sent: form === 'it is' ? given : form,
      because: because.split(' ').filter((name) => name !== ''),
    };
  });
}

/** An item as the table shows it: a literal, which JSON reads as Rust does, or the beginning of one and its length. */
function itemOf(shown: string): string {
  const lengthy = /^"(.)(.)\2+\.\.\." \((\d+) characters\)$/.exec(shown);
  if (lengthy) {
    const [, first, second, length] = lengthy;
    return first + second.repeat(Number(length) - 1);
  }
  return JSON.parse(shown);
}

export function listVerdicts(): ListVerdict[] {
  const lists = [chapter('Lists', 'Real lists'), chapter('Real lists', 'Refused, because the item ...')];
  return lists.flatMap((blocks) => blocks.split('\n\n')).map(listOf);
}

function listOf(block: string): ListVerdict {
  const [title, verdict, ...rest] = block.split('\n');
  const [given, maxPaths] = parsed(title, /^(.*?)(?: with MaxPaths (\d+))?$/);
  const [sent, refused] = parsed(verdict, /^ {4}(?:sent as  (.*)|refused: it (.*))$/);
  const notes = rest.slice(0, -1).map((line) => parsed(line, /^ {4}noted {4}(.*)$/)[0]);
  parsed(rest.at(-1)!, /^ {4}source {3}(.*)$/);
  return {
    title,
    given: given.startsWith('[') ? JSON.parse(given) : given.split(' '),
    maxPaths: maxPaths === undefined ? undefined : Number(maxPaths),
    sent: sent?.split(' '),
    refused,
    notes,
  };
}

/** The words of each fault, by its name. */
export function faultWords(): Record<string, string> {
  return words(chapter('Refused, because the item ...', 'Noted, because the item ...'));
}

/** The words of each remark, by its name. */
export function remarkWords(): Record<string, string> {
  return words(chapter('Noted, because the item ...', 'Sources'));
}

function words(lines: string): Record<string, string> {
  return Object.fromEntries(lines.split('\n').map((line) => parsed(line, /^([A-Z]\w+): (.*)$/)));
}
