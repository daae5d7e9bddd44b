import * as assert from 'uvu/assert'
import { flag, parseFlags } from '../../../ts/cli/flags.ts'
import { readSpans, regionOf } from '../../../ts/cli/region-text.ts'
import { UsageError } from '../../../ts/cli/usage-error.ts'
import { suite } from '../../support/suite.ts'

const test = suite('command-line flags')

const known = {
  force: flag.toggle('Replace.'),
  threads: flag.whole('N', 'Workers.', 1),
  level: flag.number('VALUE', 'Middle.'),
  split: flag.choice(['slabs', 'blocks'], 'How.'),
}

const refused = (args: readonly string[], pattern: RegExp) =>
  assert.throws(
    () => parseFlags(args, known),
    (error: unknown) => error instanceof UsageError && pattern.test(error.message),
  )

test('values follow their flag or an equals sign, words stay in order', () => {
  const { flags, words } = parseFlags(['a', '--threads', '2', '--level=-5.5', 'b', '--force', 'c'], known)
  assert.equal(flags, { threads: 2, level: -5.5, force: true })
  assert.equal(words, ['a', 'b', 'c'])
})

test('a negative number is a value, and everything after -- is a word', () => {
  const { flags, words } = parseFlags(['--level', '-3', '--', '--force', '-x'], known)
  assert.equal(flags, { level: -3 })
  assert.equal(words, ['--force', '-x'])
})

test('a flag that is unknown, repeated, without its value or with one too many is refused by name', () => {
  refused(['--thread', '2'], /unknown flag "--thread": did you mean --threads/)
  refused(['-t'], /unknown flag "-t"/)
  refused(['--toString'], /unknown flag/)
  refused(['--threads'], /--threads needs a value/)
  refused(['--force=yes'], /--force takes no value/)
  refused(['--force', '--force'], /--force is given twice/)
})

test('a value of the wrong kind is refused with the flag and what came', () => {
  for (const text of ['0', '-1', '1.5', 'two', '', '1e3', '99999999999999999999'])
    refused([`--threads=${text}`], /--threads must be an integer of at least 1, received/)
  for (const text of ['', 'x', 'NaN', 'Infinity'])
    refused([`--level=${text}`], /--level must be a finite number/)
  refused(['--split', 'rows'], /--split must be one of slabs, blocks, received "rows"/)
})

test('a region is one stretch per axis, the ends not included', () => {
  assert.equal(regionOf(readSpans('2:5,3,:'), [19, 7, 5]), { start: [2, 3, 0], shape: [3, 1, 5] })
  assert.equal(regionOf(readSpans(':4,1:,0:5'), [19, 7, 5]), { start: [0, 1, 0], shape: [4, 6, 5] })
})

test('a malformed region is refused', () => {
  for (const text of ['', '5:2,:,:', '3:3,:,:', 'a:b,:,:', '1:2:3,:,:', '-1:2,:,:', ',:,:'])
    assert.throws(() => readSpans(text), /--region must be/, text)
  assert.throws(() => regionOf(readSpans(':,:'), [19, 7, 5]), /one stretch for each of 3 axes/)
})

test.run()
