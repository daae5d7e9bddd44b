import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { Volume } from '../../../ts/index.ts'
import { root } from '../../support/shared.ts'
import { suite } from '../../support/suite.ts'
import { ramp, start, temporaryFolder } from './harness.ts'

const test = suite('voxline as a process')

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)

test.before(async () => {
  await ramp().write(at('ramp.nii'))
  using large = Volume.create({ shape: [180, 150, 130], dtype: 'uint16' })
  for (const [i] of large.data.entries()) large.data[i] = (i * 40503) & 0xffff
  await large.write(at('large.nii'))
})

test('exit codes, streams and the version reach the shell', async () => {
  const [info, wrong, missing, different] = await Promise.all([
    start('info', at('ramp.nii'), '--json').done,
    start('apply', at('ramp.nii'), at('out.nii'), 'medain').done,
    start('info', at('nowhere.nii')).done,
    start('compare', at('ramp.nii'), at('large.nii')).done,
  ])
  assert.equal([info.code, JSON.parse(info.out).shape, info.err], [0, [19, 7, 5], ''])
  assert.equal([wrong.code, wrong.out], [2, ''])
  assert.match(wrong.err, /^voxline: unknown filter "medain": did you mean median\?\n$/)
  assert.is(missing.code, 1)
  assert.match(missing.err, /^voxline: [^\n]*nowhere\.nii[^\n]*\n$/)
  assert.is(different.code, 1)
})

test('no progress bar where standard error is no terminal', async () => {
  const { code, err } = await start('apply', at('ramp.nii'), at('median.nii'), 'median').done
  assert.equal([code, err], [0, ''])
})

test('an interrupt ends a run with 130 and leaves no file', async () => {
  const before = readdirSync(folder)
  const slow = ['median:radius=4', 'median:radius=4', 'median:radius=4']
  const { child, done } = start(
    'apply',
    at('large.nii'),
    at('slow.nii'),
    ...slow,
    '--threads=1',
    '--divisions=4',
  )
  const isRunning = () => readdirSync(folder).length > before.length
  while (!isRunning() && child.exitCode === null) await wait(20)
  child.kill('SIGINT')
  const { code, out, err } = await done
  assert.equal([code, out, err], [130, '', 'voxline: interrupted\n'])
  assert.equal(readdirSync(folder), before)
})

test('a reader that closes the pipe early is no failure', async () => {
  const { child, done } = start('filters', '--json')
  child.stdout?.destroy()
  const { code, err } = await done
  assert.equal([code, err], [0, ''])
})

test('the entry starts with a shebang, so that npm can link it', async () => {
  assert.match(await readFile(join(root, 'ts/cli/main.ts'), 'utf8'), /^#!\/usr\/bin\/env node\n/)
})

test.run()
