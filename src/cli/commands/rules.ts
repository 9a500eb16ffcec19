// finrace rules: the catalogue, one rule of it, or the rules that a line of a log may mean.
import type { Command } from 'commander';
import { findRules, renderRule, renderRuleList, rulesBySymptom } from '../../report/rules-text.ts';
import { EXIT, type ExitCode, WrongCallError } from '../exit-codes.ts';
import { colorOption, unknownRule } from '../options.ts';
import { writePieces } from '../output.ts';
import { type ColorChoice, wantsColor, widthOf } from '../terminal.ts';
import type { World } from '../world.ts';

export function addRules(program: Command, world: World, finish: (code: ExitCode) => void): void {
  program
    .command('rules')
    .description('list the rules; with a name explain one, with words of a log find those that cause them')
    .argument('[rule...]', 'name of a rule, or what a client logged')
    .option('--symptom <text>', 'only rules that a log calls so')
    .addOption(colorOption())
    .addHelpText(
      'after',
      `
Examples:
  $ finrace rules
  $ finrace rules fin-crosses-request
  $ finrace rules --symptom "socket hang up"`,
    )
    .action(async (words: string[], _: unknown, command: Command) => {
      const { color, symptom } = command.optsWithGlobals<{ color?: ColorChoice; symptom?: string }>();
      if (symptom !== undefined && words.length > 0) {
        throw new WrongCallError('give the name of a rule or --symptom, not both');
      }
      const options = {
        color: wantsColor(color ?? 'auto', world.env, world.stdout),
        width: widthOf(world.stdout, world.env),
      };
      const found =
        symptom === undefined ? renderRules(words.join(' '), options, world) : renderSymptom(symptom, options, world);
      await writePieces(world.stdout, found);
      finish(EXIT.done);
    });
}

/** What a log says, and the rules by which it may come about. */
function renderSymptom(
  symptom: string,
  options: { color: boolean; width: number },
  { rules }: World,
): Iterable<string> {
  const found = rulesBySymptom(symptom, rules);
  if (found.length === 0) {
    throw new WrongCallError(
      `no rule is known by ${JSON.stringify(symptom)}; "finrace rules NAME" lists what logs call it`,
    );
  }
  return renderRuleList(found, options);
}

function renderRules(words: string, options: { color: boolean; width: number }, { rules }: World): Iterable<string> {
  if (words === '') return renderRuleList(rules, options);
  const rule = rules.find(({ id }) => id === words);
  if (rule) return renderRule(rule, options);
  const found = findRules(words, rules);
  if (found.length === 0) {
    throw unknownRule(
      words,
      rules.map(({ id }) => id),
    );
  }
  return found.length === 1 ? renderRule(found[0]!, options) : renderRuleList(found, options);
}
