import type { Options } from './options.ts'
import type { Section } from './support/report.ts'

/** One question of the benchmark. */
export interface Question {
  readonly name: string
  readonly title: string
  ask(options: Options): Promise<Section>
}
