import { presets, type RunConfig } from '../../../training/config/run-config';

/** A known place that faces come from. */
export interface GalleryEntry {
  readonly id: 'demo' | 'ms1mv3' | 'ms1mv2';
  readonly title: string;
  /** As `config.shards` takes it. */
  readonly shards: string;
  /** What it holds, and how much. */
  readonly holds: string;
  readonly licence: string;
  readonly privacy: string;
  /** Settings of a run that go with it. */
  readonly settings: Partial<RunConfig>;
  /** A third party's copy on another machine: asked about before the first byte. */
  readonly isMirror: boolean;
}

const celebrities =
  'MS-Celeb-1M: pictures of real people, gathered from the web without their consent. Microsoft withdrew it in 2019; this mirror is a third party’s. ' +
  'For non-commercial research at most, and you answer for using it.';
const fromHuggingFace =
  'This machine fetches from huggingface.co and the hosts that it sends on to, which see ' +
  'its address. Nothing of yours is sent, and nothing is fetched before you look at it, ' +
  'count, measure or start a run.';
/**
 * Training begins on the first shard, where a first pass over millions of pictures would take
 * hours.
 */
const streamed: Partial<RunConfig> = { features: 'stream', centres: 'growing' };

/** The places, in the order that they are shown in. */
export const sourceGallery: readonly GalleryEntry[] = [
  {
    id: 'demo',
    title: 'Demo faces',
    shards: presets.demo.shards,
    holds: '4,800 synthetic pictures of 240 people, 36 MiB in 6 tars.',
    licence: 'Drawn by the studio: they show nobody, so there is no question of licence.',
    privacy: 'They were made where this page is served from; no other machine is asked.',
    settings: { features: presets.demo.features, centres: presets.demo.centres },
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
      'https://huggingface.co/datasets/LSIbabnikz/ms1mv2_wds/resolve/main/shard-{000000..000116}.tar',
    holds:
      '5.82 million pictures of 85,742 people in 117 tars. Not verified by us: the names ' +
      'of its members could not be checked. Look at it before a run.',
    licence: celebrities,
    privacy: fromHuggingFace,
    settings: streamed,
    isMirror: true,
  },
];

/** Numbers of classes that heads trained on known sets have: what labels are compared with. */
export const knownClasses: readonly { readonly name: string; readonly classes: number }[] = [
  { name: 'MS1MV2', classes: 85_742 },
  { name: 'MS1MV3', classes: 93_431 },
];

const settingNames: Partial<Record<keyof RunConfig, string>> = {
  features: 'Between epochs',
  centres: 'Class centres',
};

/**
 * The part of a run's settings that choosing an entry sets, and what of it differs from before, in
 * words.
 */
export function choiceOf(
  entry: GalleryEntry,
  config: RunConfig,
): { part: Partial<RunConfig>; changes: string[] } {
  const changed = (Object.entries(entry.settings) as [keyof RunConfig, string][]).filter(
    ([key, value]) => config[key] !== value,
  );
  return {
    part: entry.settings,
    changes: changed.map(
      ([key, value]) =>
        `“${settingNames[key] ?? key}” is now ${value}, it was ${String(config[key])}`,
    ),
  };
}
