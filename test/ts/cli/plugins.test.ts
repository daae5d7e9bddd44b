import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as assert from 'uvu/assert'
import { Volume } from '../../../ts/index.ts'
import { root } from '../../support/shared.ts'
import { suite } from '../../support/suite.ts'
import { cli, ramp, temporaryFolder } from './harness.ts'

const test = suite('cli/plugins')
const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const index = pathToFileURL(join(root, 'ts/index.ts')).href

function plugin(name: string, filter: string): string {
  writeFileSync(
    at(name),
    `import { defineFilter, param, pointwise } from ${JSON.stringify(index)}
     export const factor = 2
     export const scaled = defineFilter({
       name: ${JSON.stringify(filter)},
       summary: 'Multiplies.',
       params: { by: param.number({ default: factor, doc: 'The factor.' }) },
       stages: (_, { by }) => [pointwise((value) => value * by)],
     })`,
  )
  return at(name)
}

test.before(async () => {
  await ramp().write(at('in.nii'))
})

test('filters of a module are applied, explained and listed like any other', async () => {
  const module = plugin('scaled.mjs', 'scaledBy')
  const flags = ['--plugin', module]
  const { code, err } = await cli('apply', at('in.nii'), at('out.nii'), 'scaled-by:by=3', 'median', ...flags)
  assert.is(code, 0, err)
  const read = await Volume.read(at('out.nii'))
  const before = await cli('apply', at('in.nii'), at('m.nii'), 'median')
  assert.is(before.code, 0)
  const median = await Volume.read(at('m.nii'))
  assert.equal(
    [...read.data],
    [...median.data].map((value) => 3 * Number(value)),
  )
  assert.match((await cli('explain', at('in.nii'), 'scaled-by', ...flags)).out, /scaledBy: TypeScript/)
  assert.match((await cli('filters', 'scaled-by', ...flags)).out, /The factor/)
  assert.match((await cli('filters', ...flags)).out, /^scaled-by +Multiplies\.$/m)
  assert.match((await cli('stats', at('in.nii'), 'scaled-by', ...flags)).out, /count/)
  assert.is((await cli('filters', 'scaled-by')).code, 2)
})

test('a module that is missing, broken, empty or in the way is named', async () => {
  writeFileSync(at('broken.mjs'), 'export const = 3')
  writeFileSync(at('empty.mjs'), 'export const nothing = 3')
  const taken = plugin('taken.mjs', 'median')
  for (const [path, code, message] of [
    [at('none.mjs'), 1, /none\.mjs: no such file/],
    [at('broken.mjs'), 1, /broken\.mjs: cannot be loaded/],
    [at('empty.mjs'), 2, /empty\.mjs exports nothing that defineFilter made/],
    [taken, 2, /taken\.mjs exports the filter median, which there is already/],
  ] as const) {
    const found = await cli('filters', '--plugin', path)
    assert.is(found.code, code, path)
    assert.match(found.err, message)
  }
})

test.run()
