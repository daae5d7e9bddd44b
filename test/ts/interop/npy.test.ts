import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { type DType, dtypes } from '../../../ts/core/dtype.ts'
import { fromNpy, npyParts, toNpy } from '../../../ts/interop/index.ts'
import type { Volume } from '../../../ts/volume/volume.ts'
import { indicesOf } from '../../support/example-volume.ts'
import { dense, layouts, oblique, rejected, valuesAt } from '../../support/interop-volumes.ts'
import { hasNumpy, numpy } from '../../support/numpy.ts'
import { skipUnless } from '../../support/skip.ts'
import { suite } from '../../support/suite.ts'
import { temporaryFiles } from '../../support/temporary.ts'

const test = suite('interop: npy')

/** A file written by hand: version, header text, entries. */
function file(text: string, entries: Uint8Array, version = 1): Uint8Array {
  const start = version === 1 ? 10 : 12
  const head = Buffer.alloc(start)
  head.write('\x93NUMPY', 'latin1')
  head[6] = version
  if (version === 1) head.writeUInt16LE(text.length, 8)
  else head.writeUInt32LE(text.length, 8)
  return new Uint8Array(Buffer.concat([head, Buffer.from(text), entries]))
}

const said = (descr: string, fortran: boolean, shape: string) =>
  `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape}), }`

/** The header padded as NumPy does, so that entries start at byte 64 or 128. */
const padded = (text: string) => `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`

test('the header is what NumPy writes, byte for byte', async () => {
  const bytes = await toNpy(dense('int16', [5, 4, 3]))
  const expected = file(padded(said('<i2', true, '5, 4, 3')), new Uint8Array(120))
  assert.equal(bytes.subarray(0, 128), expected.subarray(0, 128))
  const line = await toNpy(dense('uint8', [7]))
  assert.match(
    Buffer.from(line).toString('latin1'),
    /'descr': '\|u1', 'fortran_order': True, 'shape': \(7,\), \} +\n/,
  )
})

test('every layout keeps values at their indices, there and back', async () => {
  for (const { name, volume } of layouts()) {
    const components = volume.components === 1 ? {} : { components: volume.components }
    const bytes = await toNpy(volume)
    const parts = Buffer.concat(await npyParts(volume))
    assert.ok(parts.equals(bytes), name)
    const back = await fromNpy(bytes, {
      ...components,
      affine: volume.affine,
      orientation: volume.orientation,
    })
    assert.equal(
      [back.shape, back.dtype, back.components],
      [volume.shape, volume.dtype, volume.components],
      name,
    )
    assert.ok(await back.equals(volume), name)
    assert.equal(back.indexToWorld([1, 1, 1]), volume.indexToWorld([1, 1, 1]), name)
  }
})

test('parts share memory in index order and in reversed order', async () => {
  const volume = dense('int16')
  const [, voxels] = await npyParts(volume, { copy: 'never' })
  volume.set(77, 1, 1, 0)
  assert.is(voxels[2 * 6], 77)
  const reversed = dense('float32').permute([2, 1, 0])
  const [header, shared] = await npyParts(reversed, { copy: 'never' })
  assert.match(Buffer.from(header).toString('latin1'), /'fortran_order': False, 'shape': \(3, 4, 5\)/)
  assert.is(shared.buffer, reversed.data.buffer)
  const [, own] = await npyParts(volume, { copy: 'always' })
  assert.is.not(own.buffer, volume.data.buffer)
  const view = volume.view({ shape: [2, 2, 2] })
  await rejected(() => npyParts(view, { copy: 'never' }), 'Unsupported', 'options.copy')
})

test('bytes are shared where they lie right, and else copied', async () => {
  const bytes = file(padded(said('<f4', false, '2, 3')), new Uint8Array(24))
  const volume = (await fromNpy(bytes, { copy: 'never' })) as Volume<'float32'>
  volume.set(1, 1, 2)
  assert.equal([...bytes.subarray(-4)], [0, 0, 128, 63])
  const own = (await fromNpy(bytes, { copy: 'always' })) as Volume<'float32'>
  own.set(5, 1, 2)
  assert.is(volume.get(1, 2), 1)
  const moved = new Uint8Array(bytes.length + 1)
  moved.set(bytes, 1)
  await rejected(() => fromNpy(moved.subarray(1), { copy: 'never' }), 'Unsupported', 'options.copy')
  assert.is((await fromNpy(moved.subarray(1))).get(1, 2), 1)
})

test('both orders, both byte orders, all versions are read right', async () => {
  const little = new Uint8Array(Uint16Array.of(0, 1, 2, 3, 4, 259).buffer)
  const big = Uint8Array.of(0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 1, 3)
  for (const version of [1, 2, 3])
    for (const [descr, entries] of [
      ['<u2', little],
      ['>u2', big],
      ['=u2', little],
    ] as const) {
      const c = await fromNpy(file(said(descr, false, '2, 3'), entries, version))
      const f = await fromNpy(file(said(descr, true, '2, 3'), entries, version))
      const values = (v: Volume) => [
        v.get(0, 0),
        v.get(0, 1),
        v.get(0, 2),
        v.get(1, 0),
        v.get(1, 1),
        v.get(1, 2),
      ]
      assert.equal(values(c), [0, 1, 2, 3, 4, 259])
      assert.equal(values(f), [0, 2, 4, 1, 3, 259])
    }
})

test('a large big-endian array is swapped whole, and the event loop turns meanwhile', async () => {
  const count = 700_000
  const entries = Buffer.alloc(count * 4)
  for (let i = 0; i < count; i++) entries.writeInt32BE(i * 3, i * 4)
  const bytes = file(said('>i4', true, `${count}, 1`), entries)
  let turns = 0
  let counting = setImmediate(function count() {
    turns++
    counting = setImmediate(count)
  })
  const volume = await fromNpy(bytes)
  clearImmediate(counting)
  assert.ok((volume.data as Int32Array).every((value, i) => value === i * 3))
  assert.ok(turns >= Math.floor(entries.length / 2 ** 18), `${turns} turns`)
})

test('complex numbers have two components, booleans are uint8, colours are asked for', async () => {
  const complex = await fromNpy(
    file(said('<c8', false, '2, 3'), new Uint8Array(Float32Array.from({ length: 12 }, (_, i) => i).buffer)),
  )
  assert.equal(
    [complex.dtype, complex.components, complex.get(1, 2, 0), complex.get(1, 2, 1)],
    ['float32', 2, 10, 11],
  )
  assert.is((await fromNpy(file(said('|b1', false, '3,'), Uint8Array.of(1, 0, 1)))).dtype, 'uint8')
  const rgb = file(
    said('|u1', false, '2, 2, 3'),
    Uint8Array.from({ length: 12 }, (_, i) => i),
  )
  assert.equal((await fromNpy(rgb)).shape, [2, 2, 3])
  const colours = await fromNpy(rgb, { components: 3 })
  assert.equal([colours.shape, colours.get(1, 0, 2)], [[2, 2], 8])
  await rejected(() => fromNpy(rgb, { components: 2 }), 'InvalidArgument', 'options.components')
  const planar = file(said('|u1', true, '2, 2, 3'), new Uint8Array(12))
  await rejected(() => fromNpy(planar, { components: 3 }), 'Unsupported', 'bytes')
})

test('malformed files are Format errors, whatever is cut off', async () => {
  const good = await toNpy(dense('int16', [2, 3]))
  for (let length = 0; length < good.length; length++)
    await rejected(() => fromNpy(good.subarray(0, length)), 'Format')
  const entries = new Uint8Array(8)
  await rejected(() => fromNpy(file('{}', entries)), 'Format')
  await rejected(() => fromNpy(file(said('<i2', true, '2, x'), entries)), 'Format')
  await rejected(() => fromNpy(file(said('<i2', true, '-2, 2'), entries)), 'Format')
  await rejected(() => fromNpy(file(said('<i2', true, '99999999999999, 99999999999999'), entries)), 'Format')
  await rejected(() => fromNpy(file(said('<i2', true, '2'), entries, 4)), 'Format')
})

test('arrays that no volume can be are refused', async () => {
  const entries = new Uint8Array(64)
  for (const [descr, shape] of [
    ['<f2', '2,'],
    ['<U3', '2,'],
    ['|O', '2,'],
    ['<M8[ns]', '2,'],
    ['<i2', ''],
    ['<i2', '0, 3'],
    ['<i2', '1, 1, 1, 1, 1, 1, 1, 1, 1'],
  ] as const)
    await rejected(() => fromNpy(file(said(descr, false, shape), entries)), 'Unsupported')
  const record = "{'descr': [('a', '<i2')], 'fortran_order': False, 'shape': (2,), }"
  await rejected(() => fromNpy(file(record, entries)), 'Unsupported')
  await rejected(() => fromNpy('x' as never), 'InvalidArgument', 'bytes')
})

const withNumpy = skipUnless(test, hasNumpy, 'no NumPy in /usr/bin/python3')
const folder = temporaryFiles()('')

withNumpy('NumPy reads what is written: type, shape and every entry', async () => {
  const cases = layouts()
  const paths = cases.map((_, k) => join(folder, `${k}.npy`))
  for (const [k, { volume }] of cases.entries()) writeFileSync(paths[k] as string, await toNpy(volume))
  const program = `for path in sys.argv[1:]:
  a = np.load(path)
  print(a.dtype, list(a.shape), [int(value) for value in a.ravel(order="F")], sep=';')`
  const lines = numpy(program, ...paths).split('\n')
  for (const [k, { name, volume }] of cases.entries()) {
    const axes = volume.components > 1 ? [...volume.shape, volume.components] : volume.shape
    const values = Array.from(indicesOf(axes), (index) => Number(volume.get(...index)))
    assert.is(lines[k], [volume.dtype, `[${axes.join(', ')}]`, `[${values.join(', ')}]`].join(';'), name)
  }
})

withNumpy('what NumPy writes is read: every type, order and byte order', async () => {
  const codes: Record<DType, string> = {
    uint8: 'u1',
    int8: 'i1',
    uint16: 'u2',
    int16: 'i2',
    uint32: 'u4',
    int32: 'i4',
    uint64: 'u8',
    int64: 'i8',
    float32: 'f4',
    float64: 'f8',
  }
  numpy(
    `for code in sys.argv[2].split():
  for order in 'CF':
    for end in '<>':
      a = np.asarray((np.arange(105).reshape(7, 5, 3) % 100), dtype=end + code, order=order)
      np.save(f"{sys.argv[1]}/{code}{order}{'lb'[end == '>']}.npy", a)`,
    folder,
    Object.values(codes).join(' '),
  )
  for (const dtype of dtypes)
    for (const variant of ['Cl', 'Cb', 'Fl', 'Fb']) {
      const volume = await fromNpy(readFileSync(join(folder, `${codes[dtype]}${variant}.npy`)), {
        affine: oblique,
      })
      assert.equal([volume.dtype, volume.shape], [dtype, [7, 5, 3]], variant)
      for (const [i, j, k] of indicesOf([7, 5, 3]) as Generator<[number, number, number]>)
        assert.is(Number(valuesAt(volume, [i, j, k])[0]), (i * 15 + j * 3 + k) % 100, `${dtype} ${variant}`)
    }
})

test.run()
