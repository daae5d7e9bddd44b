import { execFileSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { native } from '../../../ts/native/load.ts'
import { root } from '../../support/shared.ts'
import { suite } from '../../support/suite.ts'

const test = suite('loading the addon')

function output(program: string, env: NodeJS.ProcessEnv = {}): string {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program]
  return execFileSync(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
}

test('the addon is loaded once and knows its kernels, sorted by name', () => {
  assert.is(native(), native())
  const names = native()
    .kernels()
    .map(({ name }) => name)
  assert.ok(names.includes('linear'))
  assert.equal(names, [...names].sort())
})

test('importing the filters loads no binary', () => {
  const program = `
    process.dlopen = () => { throw new Error('a binary was loaded') }
    const { filters } = await import('./ts/filters/index.ts')
    console.log(filters.length > 0)`
  assert.is(output(program), 'true\n')
})

test('without a binary for this machine the error says what to do', () => {
  const program = `
    const { native } = await import('./ts/native/load.ts')
    try { native() } catch ({ name, code, details, message }) { console.log(JSON.stringify({ name, code, details, message })) }`
  const none = { PREBUILDS_ONLY: '1', npm_config_arch: 'none' }
  const { name, code, details, message } = JSON.parse(output(program, none))
  assert.equal([name, code, details.platform], ['VoxlineError', 'Unsupported', process.platform])
  assert.match(message, /npm rebuild voxline/)
})

test.run()
