import * as assert from 'node:assert/strict'
import { clamp, defineSink, pipe, type SinkDeclaration, statistics, VoxlineError } from '../../ts/index.ts'
import { countedSource, holdings, settledHoldings } from '../support/counted-source.ts'
import { refusal } from '../support/refusal.ts'
import { suite } from '../support/suite.ts'

const test = suite('lifecycle/custom-sink-failures')
const shape = [19, 7, 12]

/** Runs into a sink, four times; each must reject with `error` after the calls named, and leave nothing. */
async function endsWith(
  error: unknown,
  expected: readonly string[],
  declaration: Partial<SinkDeclaration>,
  given: { run?: () => object; source?: ReturnType<typeof countedSource>['source'] } = {},
): Promise<void> {
  const { source = countedSource(shape).source, run = () => ({}) } = given
  const { open, write, close, abort, ...rest } = declaration
  const calls: string[] = []
  const noted =
    (name: string, more: ((argument: never) => unknown) | undefined) =>
    async (argument?: unknown): Promise<void> => {
      calls.push(name)
      await more?.(argument as never)
    }
  const reasons: unknown[] = []
  const sink = defineSink({
    name: 'failing',
    open: noted('open', open),
    write: noted('write', write),
    close: noted('close', close),
    abort: async (reason) => {
      reasons.push(reason)
      await noted('abort', abort)(reason)
    },
    ...rest,
  })
  const once = async () => {
    calls.length = 0
    reasons.length = 0
    await assert.rejects(pipe(source, clamp()).write(sink, { divisions: 4, ...run() }), error as Error)
    assert.deepEqual(calls, expected)
    assert.deepEqual(reasons, expected.includes('abort') ? [error] : [])
  }
  await once()
  const before = await holdings()
  for (let k = 0; k < 3; k++) await once()
  assert.deepEqual(await settledHoldings(before), before)
}

const failure = new RangeError('no room')
const fail = () => {
  throw failure
}

test('when open throws nothing is written, and abort is told', async () => {
  for (const canWriteRegion of [true, false])
    await endsWith(failure, ['open', 'abort'], { open: fail, canWriteRegion })
})

test('when write throws no more is written, and abort is told once', async () => {
  await endsWith(failure, ['open', 'write', 'abort'], { write: fail })
  await endsWith(failure, ['open', 'write', 'abort'], { write: async () => fail(), canWriteRegion: false })
  await endsWith(failure, ['open', 'write', 'write', 'write', 'abort'], {
    write: ({ region }) => {
      if (region.start[2] === 6) throw failure
    },
  })
})

test('what abort throws does not hide the failure', async () => {
  const abort = () => {
    throw new TypeError('and this')
  }
  await endsWith(failure, ['open', 'write', 'abort'], { write: fail, abort })
  await endsWith(failure, ['open', 'write', 'abort'], { write: fail, abort: async () => abort() })
})

test('when close throws the run rejects, and abort is not called', async () => {
  await endsWith(failure, ['open', 'write', 'write', 'write', 'write', 'close'], { close: fail })
})

test('when the source fails abort is told why', async () => {
  const { source, calls } = countedSource(shape, {}, ({ region }) => {
    if (region.start[2] >= 6) throw failure
  })
  const failing = countedSource(shape, {}, fail)
  for (const canWriteRegion of [true, false])
    await endsWith(failure, ['open', 'abort'], { canWriteRegion }, { source: failing.source })
  await endsWith(failure, ['open', 'abort'], { canWriteRegion: false }, { source })
  assert.deepEqual([calls.describes, calls.closes], [4, 4])
})

test('a run that was aborted: in the middle abort is told, before nothing is opened', async () => {
  const reason = new Error('changed my mind')
  const none = { run: () => ({ signal: AbortSignal.abort(reason) }) }
  for (const canWriteRegion of [true, false]) await endsWith(reason, [], { canWriteRegion }, none)
  let controller = new AbortController()
  const run = () => {
    controller = new AbortController()
    return { signal: controller.signal }
  }
  await endsWith(reason, ['open', 'write', 'abort'], { write: () => controller.abort(reason) }, { run })
  for (const canWriteRegion of [true, false])
    await endsWith(
      reason,
      ['open', 'abort'],
      { open: () => controller.abort(reason), canWriteRegion },
      { run },
    )
})

test('what is wrong with the run is known before the sink is opened', async () => {
  const calls: string[] = []
  const note = (name: string) => () => {
    calls.push(name)
  }
  for (const canWriteRegion of [true, false]) {
    const sink = defineSink({
      name: 'a',
      open: note('open'),
      write: note('write'),
      close: note('close'),
      abort: note('abort'),
      canWriteRegion,
    })
    const { source } = countedSource(shape)
    await assert.rejects(pipe(source, statistics()).write(sink), (error) => {
      assert.ok(error instanceof VoxlineError && error.code === 'Unsupported')
      return error.message.startsWith('write needs a volume')
    })
    await assert.rejects(pipe('/nowhere/at/all.nii', clamp()).write(sink), refusal('Io'))
    await assert.rejects(
      pipe(source, clamp()).write(sink, { divisions: 0 }),
      refusal('InvalidArgument', 'write.divisions'),
    )
    await assert.rejects(
      pipe(source, clamp()).write(sink, { overwrite: true } as object),
      refusal('InvalidArgument'),
    )
  }
  assert.deepEqual(calls, [])
})

test('declarations are checked when they are made', () => {
  const declaration = { name: 'a', write: () => {} }
  for (const [wrong, argument] of [
    [{ ...declaration, name: 3 }, 'defineSink.name'],
    [{ name: 'a' }, 'defineSink.write'],
    [{ ...declaration, open: 'x' }, 'defineSink.open'],
    [{ ...declaration, close: {} }, 'defineSink.close'],
    [{ ...declaration, abort: 1 }, 'defineSink.abort'],
    [{ ...declaration, canWriteRegion: 1 }, 'defineSink.canWriteRegion'],
  ] as const)
    assert.throws(() => defineSink(wrong as never), refusal('InvalidArgument', argument))
  assert.throws(() => defineSink({ ...declaration, finish: 1 } as never), refusal('InvalidArgument'))
})

test.run()
