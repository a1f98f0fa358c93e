import { Option } from 'commander';
import { policyWords, readingPolicyNames, type ReadingPolicy } from '../inference/reading-policy';

/** `--policy`: how each face is read. */
export function policyOption(standard: ReadingPolicy): Option {
  const meanings = readingPolicyNames.map((name) => `${name}: ${policyWords[name]}`).join('; ');
  return new Option('--policy <name>', `how each face is read (${meanings})`)
    .choices(readingPolicyNames)
    .default(standard);
}
