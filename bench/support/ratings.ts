import { readFileSync, writeFileSync } from 'node:fs'
import type { Rating } from './report.ts'

/** Ratings of every question that was answered, by the question's name, in a file beside the results. */
export type Ratings = Readonly<Record<string, readonly Rating[]>>

/** What the file holds; nothing if there is none. */
export function readRatings(file: URL): Ratings {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Ratings
  } catch {
    return {}
  }
}

/** Writes the file, ratios to three digits. */
export function writeRatings(file: URL, ratings: Ratings): void {
  const rounded = (key: string, value: unknown) =>
    key === 'ratio' ? Number((value as number).toPrecision(3)) : value
  writeFileSync(file, `${JSON.stringify(ratings, rounded, 2)}\n`)
}
