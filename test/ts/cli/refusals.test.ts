import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { suite } from '../../support/suite.ts'
import { cli, cliWith, ramp, temporaryFolder } from './harness.ts'

const test = suite('refusals of the command line')

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const input = at('ramp.nii.gz')
const out = at('never.nii')

test.before(async () => {
  await ramp().write(input)
  const whole = gunzipSync(readFileSync(input))
  writeFileSync(at('short.nii'), whole.subarray(0, whole.length - 100))
  writeFileSync(at('header.nii'), whole.subarray(0, 200))
  writeFileSync(at('short.nii.gz'), readFileSync(input).subarray(0, -50))
  writeFileSync(
    at('text.nii'),
    'this is no volume, but a text that is long enough to be read as a header. '.repeat(10),
  )
})

async function refused(code: number, pattern: RegExp, ...args: readonly string[]): Promise<void> {
  const before = readdirSync(folder)
  const given = await cli(...args)
  const line = args.join(' ')
  assert.is(given.code, code, `${line}: ${given.err}`)
  assert.match(given.err, pattern, line)
  assert.match(given.err, /^voxline: [^\n]+\n$/, line)
  assert.is(given.out, '', line)
  assert.equal(readdirSync(folder), before, line)
}

test('a wrong command line gives 2 and one line that names what is wrong', async () => {
  await refused(2, /a command is missing/)
  await refused(2, /unknown command "inof": did you mean info/, 'inof', input)
  await refused(2, /unknown command/, 'help', 'nothing')
  await refused(2, /unknown flag "--jsno": did you mean --json/, 'info', input, '--jsno')
  await refused(2, /info: FILE is missing/, 'info')
  await refused(2, /apply: STEP is missing/, 'apply', input, out)
  await refused(2, /"extra" is one argument too many/, 'info', input, 'extra')
  await refused(2, /unknown filter "medain"/, 'apply', input, out, 'medain')
  await refused(2, /unknown filter "x"/, 'filters', 'x')
  await refused(2, /median:radius must be/, 'apply', input, out, 'median:radius=-1')
  await refused(2, /OUT must end in \.png/, 'slice', input, out)
  await refused(2, /--window and --level must be given together/, 'slice', input, at('a.png'), '--window=5')
})

test('values that the file or the library refuse give 2 as well', async () => {
  await refused(2, /--memory must be .*received "lots"/, 'apply', input, out, 'median', '--memory', 'lots')
  await refused(2, /median\.radius must be a list of at most 3/, 'apply', input, out, 'median:radius=1x1x1x1')
  await refused(
    2,
    /threshold\.above must be at least below/,
    'apply',
    input,
    out,
    'threshold:below=5,above=1',
  )
  await refused(2, /orientation must be a code/, 'convert', input, out, '--orientation=LLL')
  await refused(2, /--index must be in \[0, 4\]/, 'slice', input, at('a.png'), '--index=5')
  await refused(2, /--frame must be in \[0, 0\]/, 'mosaic', input, at('a.png'), '--frame=1')
  await refused(2, /statistics gives numbers/, 'apply', input, out, 'statistics')
})

test('a region outside the volume gives 2 and names the axis', async () => {
  await refused(2, /must lie inside \[19,7,5\].* axis 0/, 'convert', input, out, '--region=0:20,:,:')
  await refused(2, /axis 2/, 'stats', input, '--region=:,:,9')
  await refused(2, /one stretch for each of 3 axes/, 'convert', input, out, '--region=0:2')
})

test('a file that is missing, truncated or of another kind gives 1 and is named', async () => {
  for (const command of ['info', 'stats', 'explain'])
    await refused(1, /nowhere\.nii/, command, at('nowhere.nii'))
  await refused(1, /nowhere\.nii/, 'compare', input, at('nowhere.nii'))
  await refused(1, /nowhere\.nii/, 'slice', at('nowhere.nii'), at('a.png'))
  await refused(1, /header\.nii/, 'info', at('header.nii'))
  await refused(1, /text\.nii/, 'info', at('text.nii'))
  await refused(1, /short\.nii/, 'apply', at('short.nii'), out, 'median')
  await refused(1, /short\.nii\.gz/, 'apply', at('short.nii.gz'), out, 'median')
  await refused(1, /short\.nii\.gz/, 'mosaic', at('short.nii.gz'), at('a.png'))
})

test('a file that cannot be written gives 1 and leaves nothing', async () => {
  await refused(1, /never\.xyz: no format is written/, 'convert', input, at('never.xyz'))
  await refused(1, /nowhere/, 'convert', input, at('nowhere/out.nii'))
  await refused(1, /nowhere/, 'slice', input, at('nowhere/out.png'))
  await refused(1, /memory must be at least \d+/, 'apply', input, out, 'median', '--memory=1KiB')
})

test('--debug prints the stack', async () => {
  const { code, err } = await cli('info', at('nowhere.nii'), '--debug')
  assert.is(code, 1)
  assert.match(err, /\n {4}at /)
})

test('an aborted command gives 130 and leaves nothing', async () => {
  const before = readdirSync(folder)
  const { code, err } = await cliWith(
    { signal: AbortSignal.abort(new Error('interrupted')) },
    'apply',
    input,
    out,
    'median',
  )
  assert.equal([code, err], [130, 'voxline: interrupted\n'])
  assert.equal(readdirSync(folder), before)
})

test.run()
