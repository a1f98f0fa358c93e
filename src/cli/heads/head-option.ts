import { Option } from 'commander';

const STANDARD = "by default the studio's for photographs; drawn: its head for drawn faces";

/** `--head` of a command that reads faces with one head. */
export const headOption = (): Option =>
  new Option('--head <file>', `head.safetensors made by train, or ckpt_e30.pt; ${STANDARD}`);

/** `--head` of a command that compares methods, which may be given several times. */
export const headsOption = (): Option =>
  new Option('--head <file>', `head, one a method; may be given several times; ${STANDARD}`)
    .argParser((value: string, all: readonly string[]) => [...all, value])
    .default([]);
