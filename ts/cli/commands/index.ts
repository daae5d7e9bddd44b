import type { Command } from '../command.ts'
import { apply } from './apply.ts'
import { bench } from './bench.ts'
import { compare } from './compare.ts'
import { convert } from './convert.ts'
import { explain } from './explain.ts'
import { filters } from './filters.ts'
import { formats } from './formats.ts'
import { info } from './info.ts'
import { mosaic } from './mosaic.ts'
import { slice } from './slice.ts'
import { stats } from './stats.ts'

/** Every command, in the order help lists them. */
export const commands: readonly Command[] = [
  info,
  convert,
  apply,
  stats,
  slice,
  mosaic,
  compare,
  explain,
  filters,
  formats,
  bench,
]
