import * as assert from 'node:assert/strict'
import { join } from 'node:path'
import { answerTo, isAnswered } from '../../scripts/golden-answers.mjs'
import * as voxline from '../../ts/index.ts'
import { complaintsAbout, type GoldenAnswer, type GoldenEntry, goldenEntries } from '../support/golden.ts'
import { shared } from '../support/shared.ts'
import { skipUnless } from '../support/skip.ts'
import { suite } from '../support/suite.ts'

const test = suite('conformance/golden')
const entries = goldenEntries()
const ops = [...new Set(entries.map(({ op }) => op))]
// The filters whose results are to agree on at least seven volumes.
const five = [
  'gradient_magnitude',
  'median',
  'threshold_below',
  'threshold_outside',
  'rescale_intensity',
  'mean',
]
const matched: GoldenEntry[] = []

async function answerOf({ input, ...entry }: GoldenEntry): Promise<GoldenAnswer> {
  try {
    const { label_file: labels } = entry.parameters
    const label_file = typeof labels === 'string' ? join(shared as string, labels) : undefined
    return await answerTo(voxline, { ...entry, input: join(shared as string, input), label_file })
  } catch (error) {
    return { error: String(error) }
  }
}

async function complaintsOf(entry: GoldenEntry): Promise<string[]> {
  const answer = await answerOf(entry)
  if (answer.skip !== undefined) {
    console.log(`  not compared: ${entry.id}: ${answer.skip}`)
    return []
  }
  const complaints = complaintsAbout(entry, answer)
  if (complaints.length === 0) matched.push(entry)
  return complaints.map((complaint) => `${entry.id} ${entry.input}: ${complaint}`)
}

if (entries.length === 0)
  skipUnless(
    test,
    false,
    'no reference files beside the repository',
  )('results equal the references', () => {})

const missing = ops.filter((op) => !isAnswered(op))
if (missing.length > 0)
  skipUnless(
    test,
    false,
    `the package has no ${missing.join(', ')} yet`,
  )('the other results are met', () => {})

for (const op of ops.filter(isAnswered)) {
  test(`every reference result of ${op} is met`, async () => {
    const complaints: string[] = []
    for (const entry of entries) if (entry.op === op) complaints.push(...(await complaintsOf(entry)))
    assert.deepEqual(complaints, [])
  })
}

test.after(() => {
  const volumes = (list: readonly GoldenEntry[]) => new Set(list.map(({ input }) => input)).size
  const ofFive = matched.filter(({ op }) => five.includes(op))
  console.log(`  ${matched.length} of ${entries.length} reference results met, on ${volumes(matched)} files`)
  console.log(`  of these ${ofFive.length} of the first five filters, on ${volumes(ofFive)} files`)
})

test.run()
