import { invalidArgument } from '../core/errors.ts'
import { defineFilter } from '../pipeline/define-filter.ts'
import { resolveDType } from '../pipeline/info.ts'
import { param } from '../pipeline/param.ts'
import { point } from '../pipeline/stage.ts'

/**
 * The display window of radiology: level − window / 2 and what lies below become min, level + window / 2 and what lies above max, with a
 * straight line between them.
 */
export const windowLevel = defineFilter({
  name: 'windowLevel',
  summary: 'Linear map of a window of intensities to a given range.',
  params: {
    window: param.number({ min: 0, exclusive: true, doc: 'Width of the window.' }),
    level: param.number({ doc: 'The middle of the window.' }),
    min: param.number({ default: 0, doc: 'Value at and below the lower end of the window.' }),
    max: param.number({ default: 255, doc: 'Value at and above the upper end of the window.' }),
    dtype: param.dtype({
      default: 'uint8',
      doc: "Element type of the output; 'same' for that of the input.",
    }),
  },
  check: ({ window, level }) => {
    if (!(level - window / 2 < level + window / 2))
      throw invalidArgument('windowLevel.window', `wide enough for level ${level}`, window)
  },
  output: (input, { dtype }) => ({ ...input, dtype: resolveDType(dtype, input.dtype) }),
  stages: (_, { window, level, min, max }) => {
    const [low, high] = [level - window / 2, level + window / 2]
    const scale = (max - min) / (high - low)
    return [point('window_level', { low, high, scale, outputMin: min, outputMax: max })]
  },
})
