import { SalientError } from '../../error.ts';
import type { Command, CommandContext } from '../command.ts';
import { command as compare } from './compare.ts';

/** The networks and settings of Li et al. 2019. */
const NETWORKS = ['--model', 'alexnet', '--model', 'vgg16'];
const SETTINGS = ['--composite', 'salient-relevance', '--input', 'paper'];

const HELP = `usage: salient paper DIR --out OUT [OPTIONS of salient compare]

The figures of Li, Tian, Mueller and Chen 2019, "Beyond saliency", on photographs of your own: AlexNet and VGG-16
(\`salient model pull alexnet vgg16\` first), relevance by the paper's rules, SR maps of its colours, and the montages
(photograph, LRP and SR of either network) of what VGG-16 gets right and AlexNet wrong. It is

  salient compare DIR ${NETWORKS.join(' ')} ${SETTINGS.join(' ')}

and takes all other options of that. True classes, which tell right from wrong, are the subfolders' names or
--truth FILE; without them the montages are of photographs on which the networks disagree. docs/reproduce.md.`;

export const command: Command = {
  summary: { 'paper DIR': 'the figures of the paper on photographs of your own' },
  help: HELP,
  run,
};

async function run(words: string[], context: CommandContext): Promise<void> {
  const fixed = ['--model', '--composite', '--input'].find((option) =>
    words.some((word) => word === option || word.startsWith(`${option}=`)),
  );
  if (fixed !== undefined) {
    throw new SalientError('bad-argument', `${fixed} is the paper's here; \`salient compare\` takes others`);
  }
  await compare.run([...words, ...NETWORKS, ...SETTINGS], context);
}
