import { isVolumeOperand, type Operand, type VolumeOperand } from '../operand.ts'
import { type Described, type Param, required } from './declared.ts'
import { parseValue } from './text.ts'

const volumeWords = 'a volume, a pipeline, the path or the bytes of a file'

/** A further input: a number for every voxel, or a volume. On the command line a number or a path. */
export function operand(options: Described): Param<Operand, 'required'> {
  return required({
    kind: 'operand',
    doc: options.doc,
    expected: `a number, a bigint, or ${volumeWords}`,
    check: (given) =>
      typeof given === 'bigint' ||
      (typeof given === 'number' && !Number.isNaN(given)) ||
      isVolumeOperand(given),
    parse: parseValue,
    format: formatOperand,
  })
}

/** A further input that is a volume. On the command line a path. */
export function volume(options: Described): Param<VolumeOperand, 'required'> {
  return required<VolumeOperand>({
    kind: 'volume',
    doc: options.doc,
    expected: volumeWords,
    check: isVolumeOperand,
    parse: (text) => text,
    format: formatOperand,
  })
}

/** Any number of further inputs that are volumes. On the command line their paths, with `;` between them. */
export function volumes(options: Described): Param<readonly VolumeOperand[], 'required'> {
  return required<readonly VolumeOperand[]>({
    kind: 'volumes',
    doc: options.doc,
    expected: `a list, each ${volumeWords}`,
    check: (given) => Array.isArray(given) && given.every(isVolumeOperand),
    parse: (text) => text.split(';'),
    format: (given) => given.map(formatOperand).join(';'),
  })
}

function formatOperand(given: Operand): string {
  if (typeof given === 'string' || typeof given === 'number' || typeof given === 'bigint')
    return String(given)
  return 'path' in given ? String(given.path) : 'a volume'
}
