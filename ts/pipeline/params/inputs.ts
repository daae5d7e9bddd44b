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

function formatOperand(given: Operand): string {
  if (typeof given === 'string' || typeof given === 'number' || typeof given === 'bigint')
    return String(given)
  return 'path' in given ? String(given.path) : 'a volume'
}
