import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { median, pipe, Volume } from '../../../ts/index.ts'
import { suite } from '../../support/suite.ts'
import { cli, cliWith, ramp, temporaryFolder } from './harness.ts'

const test = suite('commands')

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const input = at('ramp.nii.gz')

test.before(async () => {
  await ramp().write(input, { storage: 'RAS' })
})

test('info prints shape, spacing, and the three orientations', async () => {
  const { code, out } = await cli('info', input)
  assert.is(code, 0)
  assert.match(out, /shape +19 × 7 × 5/)
  assert.match(out, /spacing +1 × 2 × 3 mm/)
  assert.match(out, /LPI indices, RAS memory, RAS storage/)
})

test('info as JSON holds the affine of the indices asked for', async () => {
  const shown = JSON.parse((await cli('info', input, '--json')).out)
  assert.equal(shown.shape, [19, 7, 5])
  assert.equal(shown.orientation, { indices: 'LPI', memory: 'RAS', storage: 'RAS' })
  assert.equal(shown.affine[0], [-1, 0, 0, 0])
  assert.equal([shown.storage.compression, shown.dtype, shown.warnings], ['gzip', 'int16', []])
  const stored = JSON.parse((await cli('info', input, '--json', '--orientation=storage')).out)
  assert.equal(stored.affine[0], [1, 0, 0, -18])
})

test('control characters of a header do not reach the terminal', async () => {
  const volume = Volume.create({ shape: [3, 2, 1], dtype: 'uint8', header: { description: 'a\u001b[31mb' } })
  await volume.write(at('escape.nii'))
  const { out } = await cli('info', at('escape.nii'))
  assert.match(out, /description +a\\x1b\[31mb$/m)
  assert.not.match(out, '\u001b')
})

test('spacings of axes beyond the third are not millimetres', async () => {
  await Volume.create({ shape: [3, 2, 2, 4], dtype: 'uint8', spacing: [1, 2, 3, 40] }).write(at('time.nii'))
  assert.match((await cli('info', at('time.nii'))).out, /spacing +1 × 2 × 3 mm, 40 along T$/m)
})

test('apply gives what the pipeline gives, for every way of running', async () => {
  using expected = await pipe(input, median({ radius: [1, 2, 0] })).compute()
  const ways = [[], ['--divisions', '3'], ['--threads=1'], ['--executor', 'reference'], ['--memory=64MiB']]
  for (const [k, flags] of ways.entries()) {
    const out = at(`median-${k}.nii`)
    const { code, err } = await cli('apply', input, out, 'median:radius=1x2x0', ...flags)
    assert.is(code, 0, err)
    using written = await Volume.read(out)
    assert.ok(await written.equals(expected), flags.join(' '))
  }
})

test('apply runs several steps in order and tells what it wrote', async () => {
  const out = at('steps.nii.gz')
  const words = ['gradient-magnitude', 'threshold:below=5', 'rescale-intensity:min=0,max=255,dtype=uint8']
  const { code, out: said } = await cli('apply', input, out, ...words, '--json')
  assert.is(code, 0)
  const shown = JSON.parse(said)
  assert.equal([shown.path, shown.shape, shown.dtype], [out, [19, 7, 5], 'uint8'])
})

test('nothing is said with --quiet', async () => {
  const { code, out, err } = await cli('apply', input, at('quiet.nii'), 'linear:scale=2', '--quiet')
  assert.equal([code, out, err], [0, '', ''])
})

test('convert turns format, order on disk, element type and part', async () => {
  const out = at('part.mha')
  const { code, err } = await cli(
    'convert',
    input,
    out,
    '--storage',
    'SPL',
    '--dtype=float32',
    '--region=2:12,:,1:3',
  )
  assert.is(code, 0, err)
  using part = await Volume.read(out)
  assert.equal([part.shape, part.dtype, part.storageOrientation], [[10, 7, 2], 'float32', 'SPL'])
  assert.is(part.get(3, 4, 1), 5 + 80 + 400)
  const there = ramp().indexToWorld([2, 0, 1])
  assert.ok(part.indexToWorld([0, 0, 0]).every((mm, k) => Math.abs(mm - (there[k] as number)) < 1e-5))
})

test('convert --orientation puts the voxels on disk in that order', async () => {
  const out = at('turned.nii')
  assert.is((await cli('convert', input, out, '--orientation', 'PIR')).code, 0)
  using turned = await Volume.read(out)
  assert.is(turned.storageOrientation, 'PIR')
  assert.ok(await turned.equals(ramp()))
})

test('stats measures a file, a part of it, and what filters make of it', async () => {
  const whole = JSON.parse((await cli('stats', input, '--json')).out)
  assert.equal([whole.count, whole.min, whole.max, whole.sum], [665, 0, 938, 665 * 469])
  const part = JSON.parse((await cli('stats', input, '--json', '--region', ':,6,4')).out)
  assert.equal([part.count, part.min, part.max], [19, 920, 938])
  const scaled = JSON.parse((await cli('stats', input, 'linear:scale=2', '--json', '--divisions=2')).out)
  assert.is(scaled.mean, 938)
  assert.match((await cli('stats', input)).out, /^max +938$/m)
})

test('compare gives 0 for equal values in other types and orders on disk', async () => {
  const out = at('other.nrrd')
  await ramp('float64').write(out, { storage: 'ASL' })
  assert.equal(await cli('compare', input, out), { code: 0, out: 'equal\n', err: '' })
  assert.equal(await cli('compare', input, out, '--quiet'), { code: 0, out: '', err: '' })
})

test('compare gives 1 with the count and the worst difference', async () => {
  const other = ramp('float32')
  other.set(70.5, 10, 3, 0)
  other.set(-1, 0, 0, 0)
  await other.write(at('changed.nii'))
  const { code, out } = await cli('compare', input, at('changed.nii'))
  assert.is(code, 1)
  assert.match(out, /2 of 665 by more than 0, at most 1 at voxel 0 0 0/)
  const shown = JSON.parse((await cli('compare', input, at('changed.nii'), '--json', '--tolerance=0.7')).out)
  assert.equal([shown.equal, shown.voxels.count, shown.voxels.worst], [false, 1, 1])
  assert.is((await cli('compare', input, at('changed.nii'), '--tolerance', '1')).code, 0)
})

test('compare gives 1 for other shapes and other affines', async () => {
  await cli('convert', input, at('shorter.nii'), '--region=0:18,:,:')
  assert.match(
    (await cli('compare', input, at('shorter.nii'))).out,
    /shapes differ: 19 × 7 × 5 and 18 × 7 × 5/,
  )
  const moved = Volume.wrap(ramp().data as Int16Array, { shape: [19, 7, 5], spacing: [1, 2, 3.5] })
  await moved.write(at('moved.nii'))
  const { code, out } = await cli('compare', input, at('moved.nii'))
  assert.is(code, 1)
  assert.match(out, /affines differ: corner voxels are up to 2 mm apart/)
})

test('explain prints the plan and writes nothing', async () => {
  const before = readdirSync(folder)
  const { code, out } = await cli('explain', input, 'median:radius=1', 'rescale-intensity', '--divisions=2')
  assert.is(code, 0)
  assert.match(out, /2 passes/)
  assert.match(out, /median_window/)
  const plan = JSON.parse((await cli('explain', input, 'median', '--json', '--to', at('never.nii'))).out)
  assert.equal([plan.passes.length, plan.shape], [1, [19, 7, 5]])
  assert.equal(readdirSync(folder), before)
})

test('filters lists all, and one with its parameters', async () => {
  assert.match((await cli('filters')).out, /^gradient-magnitude +\S/m)
  assert.match((await cli('filters', 'threshold')).out, /outside-value +default 0/)
  const all = JSON.parse((await cli('filters', '--json')).out) as { name: string }[]
  const one = JSON.parse((await cli('filters', 'median', '--json')).out)
  assert.equal(
    all.find(({ name }) => name === 'median'),
    one,
  )
  assert.equal(one.parameters[0].name, 'radius')
})

test('formats lists what is read and written', async () => {
  assert.match((await cli('formats')).out, /nifti.*\.nii\.gz/)
  const all = JSON.parse((await cli('formats', '--json')).out) as { writes: string[] }[]
  assert.ok(all.some(({ writes }) => writes.includes('.nii')))
})

test('help and version are printed, also for every command', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  assert.is((await cli('--version')).out, `${version}\n`)
  const { out } = await cli('--help')
  for (const name of [
    'info',
    'convert',
    'apply',
    'stats',
    'slice',
    'mosaic',
    'compare',
    'explain',
    'filters',
    'formats',
  ]) {
    assert.match(out, new RegExp(`^  ${name}\\b`, 'm'))
    const { out: help, code } = await cli('help', name)
    assert.is(code, 0)
    assert.match(help, `usage: voxline ${name}`)
    assert.is((await cli(name, '--help')).out, help)
  }
})

test('a progress bar is drawn on a terminal only, and wiped away', async () => {
  const terminal = await cliWith({ isTerminal: true }, 'apply', input, at('bar.nii'), 'median')
  assert.match(terminal.err, /█ +100 %/)
  assert.ok(terminal.err.endsWith('\r\x1b[2K'))
  const quiet = await cliWith(
    { isTerminal: true },
    'apply',
    input,
    at('bar.nii'),
    'median',
    '--force',
    '--quiet',
  )
  assert.is(quiet.err, '')
})

test('slice writes the middle or the asked slice as PNG', async () => {
  const { code, out, err } = await cli('slice', input, at('slice.png'), '--json')
  assert.is(code, 0, err)
  assert.equal(readFileSync(at('slice.png')).subarray(1, 4).toString(), 'PNG')
  const shown = JSON.parse(out)
  assert.equal(
    [shown.slices, shown.count, shown.width, shown.height, shown.right, shown.up],
    [[2], 5, 19, 14, 'R', 'A'],
  )
  const side = JSON.parse(
    (
      await cli(
        'slice',
        input,
        at('side.png'),
        '--axis=i',
        '--index=3',
        '--json',
        '--window=100',
        '--level=50',
      )
    ).out,
  )
  assert.equal([side.width, side.height, side.low, side.high, side.right, side.up], [7, 8, 0, 100, 'A', 'S'])
})

test('mosaic shows slices evenly spread in one picture', async () => {
  const shown = JSON.parse(
    (await cli('mosaic', input, at('mosaic.png'), '--count=3', '--columns=2', '--json')).out,
  )
  assert.equal(shown.slices, [0, 2, 4])
  assert.equal([shown.width, shown.height], [19 * 2 + 2, 14 * 2 + 2])
  assert.is(JSON.parse((await cli('mosaic', input, at('all.png'), '--json')).out).slices.length, 5)
})

test('the slices of a mosaic are the slices, however the file is read', async () => {
  const series = Volume.create({ shape: [6, 5, 4, 3], dtype: 'uint16' })
  for (const [k] of series.data.entries()) series.data[k] = k
  await series.write(at('series.nii.gz'), { storage: 'SRA' })
  const frame = ['--frame', '2', '--axis', 'j', '--window=360', '--level=180']
  assert.is(
    (await cli('mosaic', at('series.nii.gz'), at('m.png'), ...frame, '--columns=1', '--divisions=3')).code,
    0,
  )
  assert.is((await cli('mosaic', at('series.nii.gz'), at('n.png'), ...frame, '--columns=1')).code, 0)
  assert.equal(readFileSync(at('m.png')), readFileSync(at('n.png')))
  const one = JSON.parse((await cli('slice', at('series.nii.gz'), at('s.png'), ...frame, '--json')).out)
  assert.equal([one.slices, one.width, one.height], [[2], 6, 4])
})

test('no file is replaced without --force', async () => {
  for (const [name, ...rest] of [['convert'], ['apply', 'median'], ['slice'], ['mosaic']] as const) {
    const out = at(`kept-${name}.${name === 'slice' || name === 'mosaic' ? 'png' : 'nii'}`)
    writeFileSync(out, 'mine')
    const refused = await cli(name, input, out, ...rest)
    assert.is(refused.code, 1, name)
    assert.match(refused.err, new RegExp(`${out}: exists already`))
    assert.is(readFileSync(out, 'utf8'), 'mine')
    assert.is((await cli(name, input, out, ...rest, '--force')).code, 0, name)
    assert.is.not(readFileSync(out, 'utf8'), 'mine')
  }
  assert.not(existsSync(at('kept')))
})

test('bench times a copy and pipelines, as a table and as JSON', async () => {
  const { code, out, err } = await cli('bench', '--size', '16', '--threads', '1')
  assert.is(code, 0, err)
  assert.match(out, /^voxline \d+\.\d+\.\d+, Node\.js \S+, \w+, 16³ int16, 1 workers$/m)
  assert.match(out, /^copy +[\d.e+-]+ +[\d.e+-]+ +100 %$/m)
  const shown = JSON.parse((await cli('bench', '--size=16', '--json')).out)
  assert.is(shown.timings.length, 7)
  for (const { operation, milliseconds, voxelsPerSecond, repetitions } of shown.timings) {
    assert.ok(milliseconds > 0 && repetitions >= 5, operation)
    assert.ok(Math.abs(voxelsPerSecond * milliseconds - 16 ** 3 * 1000) < 1, operation)
  }
})

test.run()
