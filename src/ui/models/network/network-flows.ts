import { confidenceSymbols, methodTitles } from '../../../confidence/methods';
import type { OperationPlace } from '../../../core/studio-error';
import { describeInputConvention } from '../../../models/backbones/input-convention-text';
import type { BackboneInUse, HeadDescription } from '../../../studio/protocol';
import { count, counted } from '../../components/format';
import type { Flow, FlowBlock } from './flow';

/** Side of the crops that a backbone reads. */
const CROP_SIDE = 112;

const times = (sides: readonly number[]): string => sides.map((side) => count(side)).join(' × ');
/** How large a feature map of a side is drawn. */
const sizeOf = (side: number): number => Math.min(1, side / CROP_SIDE) ** 0.6;
/** More channels, more plates. */
const platesOf = (channels: number): number => Math.max(2, Math.min(5, Math.log2(channels) - 4));
/** How tall a list of numbers is drawn. */
const heightOf = (numbers: number): number => Math.min(1, 0.15 + Math.log2(1 + numbers) / 13);

/** The backbone in use: picture → stages → conv feature and embedding → head. */
export function backboneFlow(backbone: BackboneInUse): Flow {
  const { outline, input, embeddingDim, convShape } = backbone;
  const { stages, tapStage, lastOperations } = outline;
  const isLastTapped = tapStage === stages.length - 1;
  const stageBlocks = stages.map(({ shape, convolutions, units, operations }, i): FlowBlock => ({
    look: 'maps',
    title: times(shape),
    lines: [
      counted(convolutions, 'convolution'),
      ...(units > 0 ? [counted(units, 'residual unit')] : []),
      ...(operations === null ? [] : [`${counted(operations, 'operation')} in all`]),
      ...(i === tapStage && !isLastTapped ? ['read by the head'] : []),
    ],
    size: sizeOf(shape[0]),
    plates: platesOf(shape[2]),
  }));
  return {
    line: [pictureBlock(input.order, describeInputConvention(input)), ...stageBlocks],
    forkLabel: isLastTapped ? 'conv feature' : undefined,
    ends: [
      {
        look: 'direction',
        symbol: 'μ',
        title: 'Embedding',
        lines: [
          `${count(embeddingDim)} numbers`,
          ...(lastOperations === null ? [] : [`${counted(lastOperations, 'operation')} more`]),
        ],
        size: heightOf(embeddingDim),
      },
      {
        look: 'confidence',
        symbol: 'κ',
        title: 'Head',
        lines: [`reads ${times(convShape)}`, 'gives κ'],
        size: heightOf(1),
      },
    ],
  };
}

const pictureBlock = (order: string, convention: string): FlowBlock => ({
  look: 'picture',
  title: `${CROP_SIDE} × ${CROP_SIDE}`,
  lines: [`${order} picture`, convention.split(', ')[1] ?? convention],
  size: 1,
});

/** A trained head: what it reads → its layers → κ. */
export function headFlow({ network, method }: HeadDescription): Flow {
  const { reads, inputs, layers } = network;
  const symbol = confidenceSymbols[method];
  return {
    line: [
      {
        look: reads === 'map' ? 'maps' : 'numbers',
        title: `${count(inputs)} numbers`,
        lines:
          reads === 'map'
            ? ['the conv feature,', 'place by place']
            : ['mean and spread of', 'each channel, and', '‖embedding‖'],
        size: heightOf(inputs),
        plates: 4,
      },
      ...layers.slice(0, -1).map(({ kind, outputs }): FlowBlock => ({
        look: kind === 'convolution' ? 'maps' : 'numbers',
        title: count(outputs),
        lines: [kind === 'convolution' ? '3 × 3 convolution' : 'dense layer'],
        size: kind === 'convolution' ? 0.3 : heightOf(outputs),
        plates: 3,
      })),
    ],
    ends: [
      {
        look: 'confidence',
        // 1/σ² doesn't fit into the circle.
        symbol: symbol === 'κ' ? 'κ' : 'σ',
        title: symbol,
        lines: [methodTitles[method], counted(layers.at(-1)?.outputs ?? 1, 'number')],
        size: heightOf(1),
      },
    ],
  };
}

/** A graph that can't be imported: how far it was understood, and what stopped it. */
export function stoppedFlow({ operator, name, index, operations }: OperationPlace): Flow {
  const left = operations - index - 1;
  return {
    line: [
      { look: 'picture', title: 'Picture', lines: [], size: 1 },
      ...(index > 0
        ? [
            {
              look: 'rest',
              title: counted(index, 'operation'),
              lines: ['understood'],
              size: 0.6,
            } as const,
          ]
        : []),
      {
        look: 'stopped',
        title: operator,
        lines: [
          ...(name === '' ? [] : [`“${name}”`]),
          `operation ${count(index + 1)} of ${count(operations)}`,
        ],
        size: 0.6,
      },
    ],
    ends:
      left > 0
        ? [{ look: 'rest', title: `${count(left)} more`, lines: ['not reached'], size: 0.6 }]
        : [],
  };
}
