import { hashString, seededRandom, type SeededRandom } from '../../core/seeded-random';

/** Letters and digits behind the time: two runs that start in one second differ by them. */
const TAIL_LENGTH = 6;
const TAIL_LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz';
const ID = /^[0-9A-Za-z][0-9A-Za-z-]{0,63}$/;

/** Fifty each, short and easy to tell apart when spoken: 2,500 names. */
const ADJECTIVES = (
  'amber bold brave bright brisk broad calm clear clever cool cosy crisp deep early even fair ' +
  'fast fine fresh gentle glad golden grand green happy keen kind late light lively lucky mellow ' +
  'mild neat new noble open plain proud quick quiet rapid silver slow small smooth soft steady ' +
  'still sunny'
).split(' ');
const NOUNS = (
  'alder bay beach birch bridge brook canyon cedar cliff cloud coast creek dawn delta dune fern ' +
  'field fjord forest garden glade grove harbour hill island lagoon lake lantern maple marsh ' +
  'meadow mesa moon orchard peak pebble pine plain pond prairie reef river shore spring summit ' +
  'tide valley wave willow wood'
).split(' ');

/**
 * A new id: the second in which the run starts, in UTC, and random letters. Ids sort by time.
 * @param startedAt milliseconds since the Unix epoch
 */
export function newRunId(startedAt: number, random: SeededRandom = unseeded()): string {
  const time = new Date(startedAt)
    .toISOString()
    .replace(/[-+:]|\..*$/g, '')
    .replace('T', '-');
  const tail = Array.from(
    { length: TAIL_LENGTH },
    () => TAIL_LETTERS[random.int(TAIL_LETTERS.length)],
  );
  return `${time}-${tail.join('')}`;
}

/** Whether a text can be a run's id, and so the name of its folder. */
export const isRunId = (text: string): boolean => ID.test(text);

/** A name for a run, such as "calm-river": always the same for one id. */
export function madeUpName(id: string): string {
  const random = seededRandom(hashString(id));
  return `${ADJECTIVES[random.int(ADJECTIVES.length)]}-${NOUNS[random.int(NOUNS.length)]}`;
}

function unseeded(): SeededRandom {
  return seededRandom(...crypto.getRandomValues(new Uint32Array(2)));
}
