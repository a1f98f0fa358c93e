import { adaptToSize } from '../../../training/config/adapt-to-size';
import { presets, withSource, type RunConfig } from '../../../training/config/run-config';
import { settingText } from '../../runs/chosen/setting-text';
import { settingName } from '../../runs/setting-names';
import { choiceNames } from '../../words/choice-names';

/** A known source of faces. */
export interface GalleryEntry {
  readonly id: 'demo' | 'ms1mv3' | 'ms1mv2';
  readonly title: string;
  /** As `config.shards` takes it. */
  readonly shards: string;
  /** Its contents and size. */
  readonly holds: string;
  readonly licence: string;
  readonly privacy: string;
  /** Run settings that suit it. */
  readonly settings: Partial<RunConfig>;
  /** A third party's copy on another machine: needs consent before the first byte is fetched. */
  readonly isMirror: boolean;
}

const celebrities =
  'MS-Celeb-1M: pictures of real people, gathered from the web without their consent. ' +
  'Microsoft withdrew it in 2019; a third party keeps this mirror. ' +
  'For non-commercial research at most, and you are responsible for using it.';
const fromHuggingFace =
  'This machine fetches from huggingface.co and the hosts that it redirects to, which see ' +
  'its address. None of your data is sent, and nothing is fetched before you look at it, ' +
  'count, measure or start a run.';
/** Fitted here, since a list of shards doesn't say how many pictures it holds. */
const { features, centres, epochs, stepSize, gamma, weightDecay, validateEvery } = adaptToSize(
  presets.photographs,
  { images: 5_000_000 },
);
/** Lets training begin on the first shard: a first pass over millions of pictures takes hours. */
const streamed = {
  features,
  centres,
  epochs,
  stepSize,
  gamma,
  weightDecay,
  validateEvery,
} satisfies Partial<RunConfig>;
const asInDemo = Object.fromEntries(
  Object.keys(streamed).map((name) => [name, presets.demo[name as keyof RunConfig]]),
) as Partial<RunConfig>;

/** The sources, in the order of the page. */
export const sourceGallery: readonly GalleryEntry[] = [
  {
    id: 'demo',
    title: 'Demo faces',
    shards: presets.demo.shards,
    holds: '4,800 synthetic pictures of 240 people, 36 MiB in 6 tars.',
    licence: 'Drawn by the studio: they show no real person, so no licence is needed.',
    privacy: 'They come from the machine that serves this page; no other machine is contacted.',
    settings: asInDemo,
    isMirror: false,
  },
  {
    id: 'ms1mv3',
    title: 'MS1MV3 mirror',
    shards:
      'https://huggingface.co/datasets/gaunernst/ms1mv3-wds/resolve/main/ms1mv3-{0000..0099}.tar',
    holds:
      '5.18 million pictures of 93,431 people, about 43 GiB in 100 tars of about 440 MiB, ' +
      'shuffled already.',
    licence: celebrities,
    privacy: fromHuggingFace,
    settings: streamed,
    isMirror: true,
  },
  {
    id: 'ms1mv2',
    title: 'MS1MV2 mirror',
    shards:
      'https://huggingface.co/datasets/LSIbabnikz/ms1mv2_wds/resolve/main/' +
      'shard-{000000..000116}.tar',
    holds:
      '5.82 million pictures of 85,742 people in 117 tars. We could not check the names of ' +
      'its members. Look at it before a run.',
    licence: celebrities,
    privacy: fromHuggingFace,
    settings: streamed,
    isMirror: true,
  },
];

/** The numbers of classes of known training sets, to compare labels with. */
export const knownClasses: readonly { readonly name: string; readonly classes: number }[] = [
  { name: 'MS1MV2', classes: 85_742 },
  { name: 'MS1MV3', classes: 93_431 },
];

const presetName = (preset: RunConfig['preset']): string => choiceNames.preset[preset].name;

/** The settings that choosing an entry sets, and a sentence for each that differs from before. */
export function choiceOf(
  entry: GalleryEntry,
  config: RunConfig,
): { part: Partial<RunConfig>; changes: string[] } {
  const { preset } = withSource(config, entry.shards);
  const switched =
    preset === config.preset
      ? []
      : [`The preset is now “${presetName(preset)}”; it was “${presetName(config.preset)}”`];
  const changed = (Object.entries(entry.settings) as [keyof RunConfig, string][]).filter(
    ([key, value]) => config[key] !== value,
  );
  return {
    part: entry.settings,
    changes: [
      ...switched,
      ...changed.map(
        ([key, value]) =>
          `“${settingName(key)}” is now ${settingText(key, value)}; ` +
          `it was ${settingText(key, config[key])}`,
      ),
    ],
  };
}
